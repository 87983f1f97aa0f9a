/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who listens to which multicast MAC address. A port has one table of groups; a slave is a member
 * of those that are in its device's list, as long as it is up. The master listens to a group for
 * as long as it has a member.
 *
 * What ipvlan_group_members() returns, and the slaves in it, live until the end of the caller's RCU
 * read section.
 */
#ifndef IPVLAN_GROUP_H
#define IPVLAN_GROUP_H

#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

struct ipvlan_slave;

struct ipvlan_group_table {
	struct rhashtable groups;
	struct xarray listeners; /* slaves that want every group, by dev_id */
	spinlock_t lock;	 /* writers: lists change without RTNL */
};

int ipvlan_group_table_init(struct ipvlan_group_table *table);
void ipvlan_group_table_destroy(struct ipvlan_group_table *table);

/* Takes over the device's list and its wish for all; and forgets both. Its address lock is held. */
void ipvlan_group_sync(struct ipvlan_slave *slave);
void ipvlan_group_unsync(struct ipvlan_slave *slave);

/* The slaves that joined the group, by dev_id; NULL if it has none. RCU. */
struct xarray *ipvlan_group_members(struct ipvlan_group_table *table, const u8 *mac);

#endif
