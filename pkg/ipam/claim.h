/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has a claim to which address of a pool: what was asked for, what is reserved for a pod, what
 * a pod had. Internal to alloc.h.
 */
#ifndef IPAM_CLAIM_H
#define IPAM_CLAIM_H

#include "pkg/ipam/alloc.h"

/* What of the set is for everybody; free with spans_free(). */
void claim_spans(struct spans *l, const struct pool *pool, size_t set);

/*
 * Hands each requested address to the first set that has it and got none yet: wanted[set]. Code 105
 * if one cannot be given to the pod of these facts (NULL: not known).
 */
int claim_assign(const struct pool *pool, const struct facts *f, const struct ip **wanted,
		 struct err *err);

/* Whether the address is one of the set's that are reserved for a pod, inside its range or not. */
bool claim_is_reserved_of(const struct pool *pool, size_t set, const struct ip *ip);

/* Reserve it for the owner. Code 105 if it is taken. */
int claim_requested(struct store *s, const struct ip *ip, const struct owner *o, struct err *err);

/*
 * Reserve one, told in *ip, of those that the pod of the store's terms has a claim to. -ENOENT, err
 * untouched, if there is none of this set; of reserved ones code 11 if all are held.
 */
int claim_reserved(struct store *s, const struct pool *pool, size_t set, const struct owner *o,
		   struct ip *ip, struct err *err);
int claim_remembered(struct store *s, const struct pool *pool, size_t set, const struct owner *o,
		     struct ip *ip, struct err *err);

#endif
