/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens elsewhere and concerns a port: its master changes or goes, an address of one of its
 * slaves comes or goes.
 */
#ifndef IPVLAN_NOTIFY_H
#define IPVLAN_NOTIFY_H

int ipvlan_notify_init(void);
void ipvlan_notify_exit(void);

#endif
