/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where reservations are kept: the interface that the allocator sees. A store belongs to one network
 * and is used by one process at a time between lock and unlock (open locks, close unlocks).
 */
#ifndef IPAM_STORE_H
#define IPAM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/base/err.h"
#include "pkg/base/ip.h"

/* Who holds an address: an attachment inside the store's network. Borrowed strings. */
struct owner {
	const char *container_id;
	const char *ifname;
};

struct store;

struct store_ops {
	/* Reserves ip, durably. -EEXIST (err untouched) if it is reserved. */
	int (*reserve)(struct store *s, const struct ip *ip, const struct owner *o,
		       struct err *err);
	/* Takes back, for undoing, what reserve() gave through this same store. */
	int (*cancel)(struct store *s, const struct ip *ip, struct err *err);
	/*
	 * The lowest of the addresses first … last that is not reserved; -ENOENT (err untouched) if
	 * all are. Never one that reserve() has refused, so that a search gets on.
	 */
	int (*next_free)(struct store *s, const struct ip *first, const struct ip *last,
			 struct ip *ip, struct err *err);
	/* Gives back all that the owner holds; how many into *released. None is success. */
	int (*release)(struct store *s, const struct owner *o, size_t *released, struct err *err);
	/* Calls fn for each address that the owner holds, until it returns non-zero; returns that. */
	int (*held)(struct store *s, const struct owner *o,
		    int (*fn)(const struct ip *ip, void *ctx), void *ctx, struct err *err);
	/* Gives back whatever belongs to none of valid[]; how many into *released. */
	int (*retain)(struct store *s, const struct owner *valid, size_t n_valid, size_t *released,
		      struct err *err);
	/* The address given last from that set; *ip not set if there was none or it is unreadable. */
	void (*last_get)(struct store *s, size_t set, struct ip *ip);
	int (*last_set)(struct store *s, size_t set, const struct ip *ip, struct err *err);
	void (*close)(struct store *s);
};

struct store {
	const struct store_ops *ops;
};

#endif
