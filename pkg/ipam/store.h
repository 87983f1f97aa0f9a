/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where reservations are kept: the interface that the allocator sees. A store belongs to one
 * network and is used by one process at a time between lock and unlock (open locks, close unlocks).
 */
#ifndef IPAM_STORE_H
#define IPAM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/base/err.h"
#include "pkg/base/ip.h"
#include "pkg/ipam/facts.h"

#define QUARANTINE_S 600

/* Who holds an address: an attachment inside the store's network. Borrowed strings. */
struct owner {
	const char *container_id;
	const char *ifname;
};

/* On which terms a command uses a store. All zero: nothing is known and nothing proven. */
struct terms {
	const struct facts *facts; /* of the attachment, kept with what it reserves; or NULL */
	uint32_t cooldown_s;	   /* how long an address rests */
	/* Whether it is proven that the netns of these facts, of this boot, is gone. Or NULL. */
	bool (*is_gone)(const struct facts *f, void *ctx);
	void *ctx;
};

struct store {
	const struct store_ops *ops;
	struct terms terms; /* set by who opened it */
};

struct store_ops {
	/*
	 * Reserves ip, durably, from nobody or from an owner that is proven dead (facts.h).
	 * -EEXIST (err untouched) if it is reserved.
	 */
	int (*reserve)(struct store *s, const struct ip *ip, const struct owner *o,
		       struct err *err);
	/*
	 * Makes what reserve() gave since it was opened, for this owner, hold: for a store whose
	 * reserve() does not (else NULL). All or nothing; 1: somebody was faster, nothing is
	 * reserved, and the store knows it now. Code 106: the owner holds one.
	 */
	int (*commit)(struct store *s, const struct owner *o, struct err *err);
	/* Whether it can serve an ADD now, apart from room. NULL: it always can. */
	int (*ready)(struct store *s, struct err *err);
	/* Takes back, for undoing, what reserve() gave through this same store. */
	int (*cancel)(struct store *s, const struct ip *ip, struct err *err);
	/*
	 * Gives it back, but nobody gets it for QUARANTINE_S, unless it is asked for: it is in use
	 * by somebody whom the store does not know ("02:00:00:00:00:09"). May be NULL: the store
	 * keeps nothing out, the address is given back with the others.
	 */
	int (*quarantine)(struct store *s, const struct ip *ip, const char *in_use_by,
			  struct err *err);
	/*
	 * The lowest of the addresses first … last that is not reserved and does not rest; -ENOENT
	 * (err untouched) if there is none. Never one that reserve() has refused, so that a search
	 * gets on.
	 */
	int (*next_free)(struct store *s, const struct ip *first, const struct ip *last,
			 struct ip *ip, struct err *err);
	/*
	 * Frees some of first … last, for who found nothing free: whose owner is nobody or proven
	 * dead; then those that have rested; then the one that rests the longest for its pod. How
	 * many; 0: there is nothing to be had. It looks at so many, not at all: a later call goes
	 * on.
	 */
	int (*reclaim)(struct store *s, const struct ip *first, const struct ip *last,
		       struct err *err);
	/* Gives back all that the owner holds; how many into *released. None is success. */
	int (*release)(struct store *s, const struct owner *o, size_t *released, struct err *err);
	/*
	 * Calls fn for each address that the owner holds, until it returns non-zero; returns that.
	 */
	int (*held)(struct store *s, const struct owner *o,
		    int (*fn)(const struct ip *ip, void *ctx), void *ctx, struct err *err);
	/*
	 * The same for those that the pod of the terms' facts held with that interface, and may
	 * still.
	 */
	int (*remembered)(struct store *s, const char *ifname,
			  int (*fn)(const struct ip *ip, void *ctx), void *ctx, struct err *err);
	/* Gives back whatever belongs to none of valid[]; how many into *released. */
	int (*retain)(struct store *s, const struct owner *valid, size_t n_valid, size_t *released,
		      struct err *err);
	/*
	 * The address given last from that set; *ip not set if there was none or it is unreadable.
	 */
	void (*last_get)(struct store *s, size_t set, struct ip *ip);
	int (*last_set)(struct store *s, size_t set, const struct ip *ip, struct err *err);
	void (*close)(struct store *s);
};

#endif
