/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A locked slave speaks in its own name alone, whatever its netns wants: it gets no other address
 * than those it had or was allowed when it was locked, and sends nothing that claims another one.
 * Who is in another netns than the master can neither lock nor unlock it, nor get around it with a
 * second slave: a netns that has had a locked slave makes none itself.
 */
#ifndef IPVLAN_LOCK_H
#define IPVLAN_LOCK_H

#include "ipvlan.h"

struct net_device;
struct netlink_ext_ack;
struct nlattr;
struct ipvlan_slave;
struct sk_buff;

int ipvlan_lock_init(void);
void ipvlan_lock_exit(void);

/* IFLA_IPVLAN_LOCK and IFLA_IPVLAN_LOCK_ADDRS (or NULL) can be meant. */
int ipvlan_lock_validate(const struct nlattr *lock, const struct nlattr *addrs,
			 struct netlink_ext_ack *extack);

/* Whoever is asking may make a slave on this master; may change this slave. RTNL. */
int ipvlan_lock_may_create(const struct net_device *master, struct netlink_ext_ack *extack);
int ipvlan_lock_may_change(const struct ipvlan_slave *slave, bool is_lock_asked,
			   struct netlink_ext_ack *extack);

/*
 * Locks (with @addrs besides those that the slave has, or NULL) or unlocks. -EADDRINUSE: one of
 * them is another's; nothing is changed. RTNL.
 */
int ipvlan_lock_set(struct ipvlan_slave *slave, bool is_locked, const struct nlattr *addrs,
		    struct netlink_ext_ack *extack);

/* The slave has come into another netns, or has another MAC. RTNL. */
void ipvlan_lock_follow(struct ipvlan_slave *slave);

#endif
