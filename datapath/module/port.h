/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A port is a master's side of ipvlan: it exists while the master has slaves. A slave is a
 * net_device of ours; struct ipvlan_slave is its private part.
 *
 * Lifetime. A slave joins in ndo_init and leaves in ndo_uninit; the last to leave closes the port.
 * Readers on the packet path hold RCU: the core waits a grace period between ndo_uninit and the end
 * of a slave, and closing a port waits for one itself. Everything that writes here holds RTNL, but
 * for the addresses and the flood queue, which have their own locks.
 */
#ifndef IPVLAN_PORT_H
#define IPVLAN_PORT_H

#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include "addr.h"
#include "group.h"
#include "ipvlan.h"
#include "route_cache.h"
#include "stats.h"

struct ipvlan_port {
	struct net_device *master;
	struct ipvlan_addr_table addrs;
	struct ipvlan_group_table groups;
	struct xarray slaves; /* by dev_id */
	u32 last_dev_id;
	unsigned int private_slaves;

	/* Broadcast and multicast on its way to the slaves: mcast.c. */
	struct sk_buff_head flood_queue;
	struct work_struct flood_work;
	unsigned int flood_members; /* slaves that are up and in l2 */
	atomic_long_t flood_lost;   /* frames of the wire that found the queue full */

	/* What slaves in l3s need of the master: l3s.c. */
	unsigned int l3s_slaves;
	struct dst_entry *input_ipv4, *input_ipv6;

	struct rcu_head rcu; /* kvfree_rcu() wants it within the first page */
	struct ipvlan_route_cache routes; /* of slaves in l3 and l3s */
};

struct ipvlan_slave {
	struct ipvlan_addr_owner owner; /* first, so that "none" stays NULL: ipvlan_port_find() */
	struct net_device *dev;
	struct net_device *master;
	struct ipvlan_port *port;
	struct ipvlan_stats stats;
	u16 mode;  /* enum ipvlan_mode */
	u16 flags; /* IPVLAN_F_* */
	bool follows_mtu; /* of the master, until it is given another */
	bool wants_all;	  /* multicast of every group: group.c */
	netdevice_tracker master_tracker;
	struct delayed_work evict; /* of addresses that it may not have: inet.c */
	bool has_evicted; /* it was queued once */
};

/* What each port of the module calls: for a frame that the master received, and for its queue. */
void ipvlan_port_init(rx_handler_func_t *receive, work_func_t flood);

/* 0 if this device can be a master, is one already, or a negative errno and a sentence. RTNL. */
int ipvlan_port_vet(const struct net_device *master, struct netlink_ext_ack *extack);

/*
 * The slave's master gets a port if it has none, the slave its place in it and its dev_id; and the
 * way back. slave->dev and slave->master are set. -ENOSPC: no dev_id is left; -ENOMEM; else what
 * ipvlan_port_vet() would have said. RTNL.
 */
int ipvlan_port_join(struct ipvlan_slave *slave);
void ipvlan_port_leave(struct ipvlan_slave *slave);

/* @flags: IPVLAN_F_*. RTNL. */
void ipvlan_port_set_flags(struct ipvlan_slave *slave, u16 flags);

/* The port of a master, NULL if the device is none. RTNL. */
struct ipvlan_port *ipvlan_port_of(const struct net_device *dev);

/* The same for who receives. Borrowed: RCU. */
struct ipvlan_port *ipvlan_port_of_rcu(const struct net_device *dev);

/*
 * What may pass between two siblings, by the flags of both: inside, what is left to neither's
 * switch; from outside, where the network sends back a slave's own frame (@is_reflected), what both
 * leave to it. A private slave gets nothing of either.
 */
static inline bool ipvlan_port_may_pass(u16 flags, bool is_reflected)
{
	return is_reflected ? flags == IPVLAN_F_VEPA : !flags;
}

/* The slave that takes frames for this address now, or NULL. Borrowed: RCU. */
static inline struct ipvlan_slave *ipvlan_port_find(struct ipvlan_port *port,
						    const struct ipvlan_addr *addr)
{
	BUILD_BUG_ON(offsetof(struct ipvlan_slave, owner) != 0);
	return container_of(ipvlan_addr_find(&port->addrs, addr), struct ipvlan_slave, owner);
}

#endif
