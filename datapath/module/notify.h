/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to a port's master, or to a slave, by other hands: it changes, moves or goes. */
#ifndef IPVLAN_NOTIFY_H
#define IPVLAN_NOTIFY_H

int ipvlan_notify_init(void);
void ipvlan_notify_exit(void);

#endif
