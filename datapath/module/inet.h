/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses that the IP stack gives to slaves: which it may give, and that the port's table has
 * them. What it gives without asking (router advertisements) and may not is taken away again.
 */
#ifndef IPVLAN_INET_H
#define IPVLAN_INET_H

struct ipvlan_slave;

int ipvlan_inet_init(void);
void ipvlan_inet_exit(void);

/* A slave is about to be made known; it goes. RTNL. */
void ipvlan_inet_open(struct ipvlan_slave *slave);
void ipvlan_inet_close(struct ipvlan_slave *slave);

#endif
