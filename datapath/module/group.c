// SPDX-License-Identifier: GPL-2.0-or-later
#include "group.h"

#include <linux/etherdevice.h>
#include <linux/jhash.h>
#include "port.h"

struct group {
	struct rhash_head node;
	u8 mac[ETH_ALEN];
	struct xarray members; /* never empty */
	struct rcu_head rcu;
};

static const struct rhashtable_params params = {
	.key_len = ETH_ALEN,
	.key_offset = offsetof(struct group, mac),
	.head_offset = offsetof(struct group, node),
	.hashfn = jhash,
	.automatic_shrinking = true,
};

int ipvlan_group_table_init(struct ipvlan_group_table *table)
{
	spin_lock_init(&table->lock);
	xa_init(&table->listeners);
	return rhashtable_init(&table->groups, &params);
}

void ipvlan_group_table_destroy(struct ipvlan_group_table *table)
{
	rhashtable_destroy(&table->groups);
	xa_destroy(&table->listeners);
}

static struct group *find(struct ipvlan_group_table *table, const u8 *mac)
{
	return rhashtable_lookup_fast(&table->groups, mac, params);
}

static struct group *group_new(const u8 *mac)
{
	struct group *group = kzalloc(sizeof(*group), GFP_ATOMIC);

	if (group) {
		ether_addr_copy(group->mac, mac);
		xa_init(&group->members);
	}
	return group;
}

/* A reader may still be walking its members: they keep their memory for as long. */
static void group_drop(struct ipvlan_group_table *table, struct group *group)
{
	rhashtable_remove_fast(&table->groups, &group->node, params);
	kfree_rcu(group, rcu);
}

/* The first member makes the group, and finds out if that can be. The lock is held. */
static int add_member(struct ipvlan_group_table *table, struct group *group, const u8 *mac,
		      struct ipvlan_slave *slave)
{
	struct group *made = group ? NULL : group_new(mac);
	int err;

	if (made)
		group = made;
	if (!group)
		return -ENOMEM;
	err = xa_err(xa_store(&group->members, slave->dev->dev_id, slave, GFP_ATOMIC));
	if (!err && made)
		err = rhashtable_insert_fast(&table->groups, &made->node, params);
	if (err && made) {
		xa_destroy(&made->members);
		kfree(made);
	}
	return err;
}

static int leave(struct net_device *dev, const unsigned char *mac)
{
	struct ipvlan_slave *slave = netdev_priv(dev);
	struct ipvlan_group_table *table = &slave->port->groups;
	bool is_last = false;
	struct group *group;

	spin_lock(&table->lock);
	group = find(table, mac);
	if (group) {
		xa_erase(&group->members, dev->dev_id);
		is_last = xa_empty(&group->members);
	}
	if (is_last)
		group_drop(table, group);
	spin_unlock(&table->lock);
	if (is_last)
		dev_mc_del(slave->master, mac);
	return 0;
}

/* For __dev_mc_sync(), which asks again on the next change if it could not be done. */
static int join(struct net_device *dev, const unsigned char *mac)
{
	struct ipvlan_slave *slave = netdev_priv(dev);
	struct ipvlan_group_table *table = &slave->port->groups;
	struct group *group;
	bool is_first;
	int err;

	spin_lock(&table->lock);
	group = find(table, mac);
	is_first = !group;
	err = add_member(table, group, mac, slave);
	spin_unlock(&table->lock);
	if (!err && is_first) {
		err = dev_mc_add(slave->master, mac);
		if (err)
			leave(dev, mac);
	}
	if (err)
		net_warn_ratelimited("%s: cannot listen to %pM: %d\n", dev->name, mac, err);
	return err;
}

/* Listeners are served for what they want, not for what they joined: never twice. */
static void set_listener(struct ipvlan_slave *slave, bool wants_all)
{
	struct xarray *listeners = &slave->port->groups.listeners;
	const u16 id = slave->dev->dev_id;

	if (wants_all == slave->wants_all)
		return;
	if (wants_all && xa_err(xa_store(listeners, id, slave, GFP_ATOMIC)))
		net_warn_ratelimited("%s: cannot listen to all groups\n", slave->dev->name);
	else
		WRITE_ONCE(slave->wants_all, wants_all);
	if (!wants_all)
		xa_erase(listeners, id);
}

void ipvlan_group_sync(struct ipvlan_slave *slave)
{
	__dev_mc_sync(slave->dev, join, leave);
	set_listener(slave, slave->dev->flags & (IFF_PROMISC | IFF_ALLMULTI));
}

void ipvlan_group_unsync(struct ipvlan_slave *slave)
{
	set_listener(slave, false);
	__dev_mc_unsync(slave->dev, leave);
}

struct xarray *ipvlan_group_members(struct ipvlan_group_table *table, const u8 *mac)
{
	struct group *group = find(table, mac);

	return group ? &group->members : NULL;
}
