/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link kind "ipvlan" of rtnetlink: what `ip link add|set|del … type ipvlan` asks for. Its
 * attributes are described in datapath/include/ipvlan.h.
 */
#ifndef IPVLAN_LINK_H
#define IPVLAN_LINK_H

struct ipvlan_port;

int ipvlan_link_init(void);
void ipvlan_link_exit(void);

/* Deletes all slaves of a port, and the port with them. RTNL. */
void ipvlan_link_delete_all(struct ipvlan_port *port);

#endif
