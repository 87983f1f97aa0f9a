/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking addresses out of range sets, over any store: one of each set, in turn (round robin). */
#ifndef IPAM_ALLOC_H
#define IPAM_ALLOC_H

#include "pkg/ipam/span.h"
#include "pkg/ipam/store.h"

struct lease {
	struct prefix address; /* with its subnet's length */
	struct ip gateway;     /* family 0: none */
};

/* An address that is one pod's, whenever it comes, and nobody else's. */
struct reserved {
	const char *pod; /* "namespace/name" */
	struct ip ip;	 /* in a subnet of a set, not necessarily between start and end */
};

struct pool {
	const struct range_set *sets;
	size_t n_sets;
	const struct ip *requested; /* addresses asked for, each out of the first set that has it */
	size_t n_requested;
	const struct span *exclude; /* never given, not even when asked for */
	size_t n_exclude;
	const struct reserved *reserved;
	size_t n_reserved;
	bool is_sticky; /* the pod gets what it had, while it is not somebody else's */
};

/*
 * Reserves an address of each set for the owner, leases[i] out of sets[i]: one that was requested,
 * else one reserved for its pod, else (sticky) one it had, else the next free one. Which pod it is,
 * say the facts of the store's terms. All or nothing: on an error what was reserved by this call is
 * released. Errors: code 106 if the owner already holds an address of a set, 105 a requested
 * address is taken, is the gateway, is excluded or another's, or is in no set, 104 a set is
 * exhausted, 11 the address that is reserved for its pod is still held by another attachment.
 */
int alloc_add(struct store *s, const struct pool *pool, const struct owner *o, struct lease *leases,
	      struct err *err);

/*
 * In place of a lease of alloc_add() whose address is in use by somebody else (a MAC address),
 * another one of its set. That address goes into quarantine. -EADDRNOTAVAIL, err untouched, if no
 * other will do: it was asked for, or is reserved for the pod. On an error the owner keeps what it
 * holds of other sets.
 */
int alloc_replace(struct store *s, const struct pool *pool, size_t set, const struct owner *o,
		  const char *in_use_by, struct lease *lease, struct err *err);

/* 0 if the owner holds at least one address of each set; else code 107 (CNI_ERR_CHANGED). */
int alloc_check(struct store *s, const struct pool *pool, const struct owner *o, struct err *err);
/*
 * 0 if each set has a free address; else code 50 naming the set. s may be NULL: nothing is
 * reserved.
 */
int alloc_status(struct store *s, const struct pool *pool, struct err *err);

#endif
