/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Into an l3s slave: a datagram for one passes the master's netns as if it were the host's own,
 * PREROUTING and INPUT included, and is then given to the slave, which receives it anew. So the
 * host's rules, connection tracking and NAT see it, and so do the slave's.
 */
#ifndef IPVLAN_L3S_H
#define IPVLAN_L3S_H

struct ipvlan_slave;
struct net_device;
struct netlink_ext_ack;
struct sk_buff;

void ipvlan_l3s_exit(void);

/* 0 if this master can have slaves in l3s, or a negative errno and a sentence. RTNL. */
int ipvlan_l3s_vet(const struct net_device *master, struct netlink_ext_ack *extack);

/* A slave of a port is in l3s from here on, or no more. 0 or -ENOMEM. RTNL. */
int ipvlan_l3s_join(struct ipvlan_slave *slave);
void ipvlan_l3s_leave(struct ipvlan_slave *slave);

/* Takes what is ours off a master if its port has ended. RTNL. */
void ipvlan_l3s_forget(struct net_device *master);

/* Must the master's netns see this datagram (skb->protocol is IPv4 or IPv6) before a slave? */
bool ipvlan_l3s_is_watched(const struct sk_buff *skb);

#endif
