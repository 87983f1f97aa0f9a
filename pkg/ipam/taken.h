/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of addresses that answers which one is free next, in memory. Zero-initialised is empty.
 * Addresses are kept sorted: a walk over a full range costs its taken addresses, never its size.
 */
#ifndef IPAM_TAKEN_H
#define IPAM_TAKEN_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/base/ip.h"

struct taken {
	struct ip *ips;
	size_t count;
	size_t room;
};

/* Filling: append in any order, then sort once. */
void taken_append(struct taken *t, const struct ip *ip);
void taken_sort(struct taken *t);

/* On a sorted set, which stays sorted. */
void taken_add(struct taken *t, const struct ip *ip);

/* The lowest address of first … last that is not in the set; false if all are. */
bool taken_gap(const struct taken *t, const struct ip *first, const struct ip *last,
	       struct ip *gap);

void taken_free(struct taken *t); /* empty again */

#endif
