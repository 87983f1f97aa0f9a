// SPDX-License-Identifier: GPL-2.0-or-later
#include "addr.h"

#include <linux/mm.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/ipv6.h>

/* A port's first buckets. Soon after an address has come, there are no fewer than addresses. */
#define BUCKETS_MIN_BITS 6

struct entry {
	struct hlist_node link[2]; /* of the buckets of now, and of those that replace them */
	struct ipvlan_addr addr;
	struct ipvlan_addr_owner *owner;
	struct list_head sibling; /* in owner->entries */
	unsigned int uses;	  /* prefixes that hold this address */
	struct rcu_head rcu;
};

struct ipvlan_addr_buckets {
	unsigned int bits; /* there are 1 << bits */
	unsigned int link; /* which one of the entries' */
	struct hlist_head head[];
};

/* Secret, and the same for all tables. */
static u64 multipliers[4] __read_mostly;

/*
 * Each word times a random number, and of the sum the upper bits: addresses meet by chance alone,
 * whoever chose them (Dietzfelbinger 1996, "Universal hashing … without primes").
 */
static struct hlist_head *head_of(struct ipvlan_addr_buckets *buckets,
				  const struct ipvlan_addr *addr)
{
	const __be32 *word = addr->v6.s6_addr32;
	u64 sum = multipliers[0] * (__force u32)addr->v4;

	if (addr->family == AF_INET6)
		sum += multipliers[1] * (__force u32)word[1] +
		       multipliers[2] * (__force u32)word[2] +
		       multipliers[3] * (__force u32)word[3];
	return &buckets->head[sum >> (64 - buckets->bits)];
}

static bool is_same(const struct ipvlan_addr *a, const struct ipvlan_addr *b)
{
	return a->v4 == b->v4 && a->family == b->family &&
	       (a->family == AF_INET || ipv6_addr_equal(&a->v6, &b->v6));
}

/* Inlined by decree: each frame asks here once, some twice. */
static __always_inline struct entry *find(struct ipvlan_addr_table *table,
					  const struct ipvlan_addr *addr)
{
	struct ipvlan_addr_buckets *buckets =
		rcu_dereference_check(table->buckets, rcu_read_lock_bh_held());
	struct entry *entry;

	hlist_for_each_entry_rcu(entry, head_of(buckets, addr), link[buckets->link],
				 rcu_read_lock_bh_held())
		if (is_same(&entry->addr, addr))
			return entry;
	return NULL;
}

static struct ipvlan_addr_buckets *buckets_new(unsigned int bits, unsigned int link)
{
	struct ipvlan_addr_buckets *buckets;

	buckets = kvzalloc(struct_size(buckets, head, 1UL << bits), GFP_KERNEL);
	if (buckets) {
		buckets->bits = bits;
		buckets->link = link;
	}
	return buckets;
}

/* The lock is held. Readers of the old buckets still go by the other link. */
static void move_entries(const struct ipvlan_addr_buckets *from, struct ipvlan_addr_buckets *to)
{
	struct entry *entry;
	unsigned long i;

	for (i = 0; i < 1UL << from->bits; i++)
		hlist_for_each_entry(entry, &from->head[i], link[from->link])
			hlist_add_head(&entry->link[to->link], head_of(to, &entry->addr));
}

/*
 * Without memory for more buckets those there are get longer, until the next address asks again.
 * The wait is for who still reads the old ones, and frees their link for the next time.
 */
static void grow(struct work_struct *work)
{
	struct ipvlan_addr_table *table = container_of(work, struct ipvlan_addr_table, grow);
	struct ipvlan_addr_buckets *old = rcu_dereference_protected(table->buckets, true);
	struct ipvlan_addr_buckets *buckets;
	unsigned int bits = old->bits;

	while (READ_ONCE(table->count) > 1UL << bits)
		bits++;
	buckets = bits > old->bits ? buckets_new(bits, !old->link) : NULL;
	if (!buckets)
		return;
	spin_lock_bh(&table->lock);
	move_entries(old, buckets);
	rcu_assign_pointer(table->buckets, buckets);
	spin_unlock_bh(&table->lock);
	synchronize_rcu();
	kvfree(old);
}

int ipvlan_addr_table_init(struct ipvlan_addr_table *table)
{
	struct ipvlan_addr_buckets *buckets = buckets_new(BUCKETS_MIN_BITS, 0);

	if (!buckets)
		return -ENOMEM;
	net_get_random_once(multipliers, sizeof(multipliers));
	RCU_INIT_POINTER(table->buckets, buckets);
	table->count = 0;
	INIT_WORK(&table->grow, grow);
	spin_lock_init(&table->lock);
	return 0;
}

void ipvlan_addr_table_destroy(struct ipvlan_addr_table *table)
{
	cancel_work_sync(&table->grow);
	kvfree(rcu_dereference_protected(table->buckets, true));
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

/* The lock is held. */
static void entry_link(struct ipvlan_addr_table *table, struct entry *entry)
{
	struct ipvlan_addr_buckets *buckets =
		rcu_dereference_protected(table->buckets, lockdep_is_held(&table->lock));

	hlist_add_head_rcu(&entry->link[buckets->link], head_of(buckets, &entry->addr));
	list_add(&entry->sibling, &entry->owner->entries);
	WRITE_ONCE(table->count, table->count + 1);
	if (table->count > 1UL << buckets->bits)
		schedule_work(&table->grow);
}

/* The lock is held. A reader may still be looking at the entry. */
static void entry_drop(struct ipvlan_addr_table *table, struct entry *entry)
{
	struct ipvlan_addr_buckets *buckets =
		rcu_dereference_protected(table->buckets, lockdep_is_held(&table->lock));

	hlist_del_rcu(&entry->link[buckets->link]);
	list_del(&entry->sibling);
	WRITE_ONCE(table->count, table->count - 1);
	kfree_rcu(entry, rcu);
}

/* The lock is held. The owner's entry of the address: the one that was there, or @made. */
static struct entry *insert(struct ipvlan_addr_table *table, struct entry *made)
{
	struct entry *old = find(table, &made->addr);

	if (old)
		return old->owner == made->owner ? old : ERR_PTR(-EADDRINUSE);
	entry_link(table, made);
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
	entry = find(table, addr);
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
	const struct entry *entry = find(table, addr);

	return entry && READ_ONCE(entry->owner->is_live) ? entry->owner : NULL;
}

struct ipvlan_addr_owner *ipvlan_addr_holder(struct ipvlan_addr_table *table,
					     const struct ipvlan_addr *addr)
{
	const struct entry *entry = find(table, addr);

	return entry ? entry->owner : NULL;
}
