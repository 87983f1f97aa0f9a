/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which slave has which address. A port has one table with all addresses of its slaves, up or down,
 * so that one lookup tells where a frame goes and one tells whether an address is taken.
 *
 * The table owns its entries; an owner is embedded in its slave and must be flushed before it
 * dies. What ipvlan_addr_find() and ipvlan_addr_holder() return lives until the end of the
 * caller's RCU read section (of either flavour, or as long as RTNL is held).
 */
#ifndef IPVLAN_ADDR_H
#define IPVLAN_ADDR_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/* An address is a value and carries its family. */
struct ipvlan_addr {
	union {
		__be32 v4;
		struct in6_addr v6;
	};
	sa_family_t family;
};

struct ipvlan_addr_table {
	struct ipvlan_addr_buckets __rcu *buckets;
	unsigned int count;
	struct work_struct grow;
	spinlock_t lock; /* writers: RTNL does not cover an address that a router advertises */
};

/*
 * Has addresses. Only the addresses of a live owner are found for a frame. One that is locked gets
 * no others than it has or was allowed, and keeps those, used or not.
 */
struct ipvlan_addr_owner {
	struct list_head entries;
	bool is_live;
	bool is_locked;
};

int ipvlan_addr_table_init(struct ipvlan_addr_table *table);
void ipvlan_addr_table_destroy(struct ipvlan_addr_table *table);

/*
 * The same address may be added several times for one owner (with other prefix lengths) and must
 * be deleted as often. -EADDRINUSE: another owner has it; -EPERM: the owner is locked and may not;
 * -ENOMEM. Any context.
 */
int ipvlan_addr_add(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
		    const struct ipvlan_addr *addr);

/* false, and nothing happens, if the address is not this owner's. */
bool ipvlan_addr_del(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
		     const struct ipvlan_addr *addr);
void ipvlan_addr_flush(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner);

/* The owner may have this address, and nobody else: as ipvlan_addr_add(), but it has no use yet. */
int ipvlan_addr_allow(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
		      const struct ipvlan_addr *addr);

/* Unlocked, it loses what it was only allowed. */
void ipvlan_addr_set_lock(struct ipvlan_addr_table *table, struct ipvlan_addr_owner *owner,
			  bool is_locked);

/* The owner that takes frames for this address now, or NULL. */
struct ipvlan_addr_owner *ipvlan_addr_find(struct ipvlan_addr_table *table,
					   const struct ipvlan_addr *addr);

/* The owner of this address, live or not, or NULL. */
struct ipvlan_addr_owner *ipvlan_addr_holder(struct ipvlan_addr_table *table,
					     const struct ipvlan_addr *addr);

static inline void ipvlan_addr_set_v4(struct ipvlan_addr *addr, __be32 v4)
{
	addr->family = AF_INET;
	addr->v4 = v4;
}

static inline void ipvlan_addr_set_v6(struct ipvlan_addr *addr, const struct in6_addr *v6)
{
	addr->family = AF_INET6;
	addr->v6 = *v6;
}

#endif
