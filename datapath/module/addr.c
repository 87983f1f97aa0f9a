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

/* The lock is held. The owner's entry of the address: the one that was there, or @made. */
static struct entry *insert(struct ipvlan_addr_table *table, struct entry *made)
{
	struct ipvlan_addr_owner *owner = made->owner;
	struct entry *old;

	old = rhashtable_lookup_get_insert_fast(&table->entries, &made->node, params);
	if (IS_ERR(old))
		return old;
	if (old)
		return old->owner == owner ? old : ERR_PTR(-EADDRINUSE);
	list_add(&made->sibling, &owner->entries);
	return made;
}

static int hold(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
		const struct ipvlan_addr *addr, unsigned int uses, bool is_allowed)
{
	struct entry *made = entry_new(owner, addr), *entry;

	if (!made)
		return -ENOMEM;
	spin_lock_bh(&table->lock);
	if (is_allowed || !owner->is_locked || ipvlan_addr_holder(table, addr))
		entry = insert(table, made);
	else
		entry = ERR_PTR(-EPERM);
	if (!IS_ERR(entry))
		entry->uses += uses;
	spin_unlock_bh(&table->lock);
	if (entry != made)
		kfree(made);
	return PTR_ERR_OR_ZERO(entry);
}

int ipvlan_addr_add(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
		    const struct ipvlan_addr *addr)
{
	return hold(table, owner, addr, 1, false);
}

int ipvlan_addr_allow(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
		      const struct ipvlan_addr *addr)
{
	return hold(table, owner, addr, 0, true);
}

void ipvlan_addr_set_lock(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
			  bool is_locked)
{
	struct entry *entry, *next;

	spin_lock_bh(&table->lock);
	WRITE_ONCE(owner->is_locked, is_locked);
	list_for_each_entry_safe(entry, next, &owner->entries, sibling) {
		if (!is_locked && !entry->uses)
			entry_drop(table, entry);
	}
	spin_unlock_bh(&table->lock);
}

bool ipvlan_addr_del(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
		     const struct ipvlan_addr *addr)
{
	struct entry *entry;
	bool is_own;

	spin_lock_bh(&table->lock);
	entry = rhashtable_lookup_fast(&table->entries, addr, params);
	is_own = entry && entry->owner == owner && entry->uses;
	if (is_own && !--entry->uses && !owner->is_locked)
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
