// SPDX-License-Identifier: GPL-2.0-or-later
#include "addr.h"

#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/ipv6.h>

struct entry {
	struct rhash_head node;
	struct ipvlan_addr addr;
	struct ipvlan_addr_owner *owner;
	struct list_head sibling; /* in owner->entries */
	unsigned int uses;	  /* prefixes that hold this address */
	struct rcu_head rcu;
};

static u32 hash(const void *data, u32 len, u32 seed)
{
	const struct ipvlan_addr *addr = data;

	if (addr->family == AF_INET)
		return jhash_1word((__force u32)addr->v4, seed);
	return jhash2((__force const u32 *)addr->v6.s6_addr32, 4, seed);
}

static int differ(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct ipvlan_addr *a = arg->key, *b = &((const struct entry *)obj)->addr;

	if (a->family != b->family)
		return 1;
	if (a->family == AF_INET)
		return a->v4 != b->v4;
	return !ipv6_addr_equal(&a->v6, &b->v6);
}

static const struct rhashtable_params params = {
	.key_len = sizeof(struct ipvlan_addr),
	.key_offset = offsetof(struct entry, addr),
	.head_offset = offsetof(struct entry, node),
	.hashfn = hash,
	.obj_cmpfn = differ,
	.automatic_shrinking = true,
};

int ipvlan_addr_table_init(struct ipvlan_addr_table *table)
{
	spin_lock_init(&table->lock);
	return rhashtable_init(&table->entries, &params);
}

void ipvlan_addr_table_destroy(struct ipvlan_addr_table *table)
{
	rhashtable_destroy(&table->entries);
}

static struct entry *entry_new(struct ipvlan_addr_owner *owner, const struct ipvlan_addr *addr)
{
	struct entry *entry = kzalloc(sizeof(*entry), GFP_ATOMIC);

	if (entry) {
		entry->addr = *addr;
		entry->owner = owner;
		entry->uses = 1;
	}
	return entry;
}

/* The lock is held. A reader may still be looking at the entry. */
static void entry_drop(struct ipvlan_addr_table *table, struct entry *entry)
{
	rhashtable_remove_fast(&table->entries, &entry->node, params);
	list_del(&entry->sibling);
	kfree_rcu(entry, rcu);
}

int ipvlan_addr_add(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
		    const struct ipvlan_addr *addr)
{
	struct entry *entry, *old;
	int err = 0;

	entry = entry_new(owner, addr);
	if (!entry)
		return -ENOMEM;

	spin_lock_bh(&table->lock);
	old = rhashtable_lookup_get_insert_fast(&table->entries, &entry->node, params);
	if (!old) {
		list_add(&entry->sibling, &owner->entries);
		entry = NULL;
	} else if (IS_ERR(old)) {
		err = PTR_ERR(old);
	} else if (old->owner != owner) {
		err = -EADDRINUSE;
	} else {
		old->uses++;
	}
	spin_unlock_bh(&table->lock);
	kfree(entry);
	return err;
}

bool ipvlan_addr_del(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
		     const struct ipvlan_addr *addr)
{
	struct entry *entry;
	bool is_own;

	spin_lock_bh(&table->lock);
	entry = rhashtable_lookup_fast(&table->entries, addr, params);
	is_own = entry && entry->owner == owner;
	if (is_own && !--entry->uses)
		entry_drop(table, entry);
	spin_unlock_bh(&table->lock);
	return is_own;
}

void ipvlan_addr_flush(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner)
{
	struct entry *entry, *next;

	spin_lock_bh(&table->lock);
	list_for_each_entry_safe(entry, next, &owner->entries, sibling)
		entry_drop(table, entry);
	spin_unlock_bh(&table->lock);
}

struct ipvlan_addr_owner *ipvlan_addr_find(struct ipvlan_addr_table *table,
					   const struct ipvlan_addr *addr)
{
	struct ipvlan_addr_owner *owner = ipvlan_addr_holder(table, addr);

	return owner && READ_ONCE(owner->is_live) ? owner : NULL;
}

struct ipvlan_addr_owner *ipvlan_addr_holder(struct ipvlan_addr_table *table,
					     const struct ipvlan_addr *addr)
{
	const struct entry *entry = rhashtable_lookup(&table->entries, addr, params);

	return entry ? entry->owner : NULL;
}
