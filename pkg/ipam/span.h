/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a range set may be given to whoever comes: its ranges without gateways and without what
 * is excluded or meant for somebody. Addresses are taken out as intervals, never one by one.
 */
#ifndef IPAM_SPAN_H
#define IPAM_SPAN_H

#include "pkg/ipam/range.h"

struct span {
	struct ip first, last; /* both belong to it */
	size_t range;	       /* of the set: which range it is of */
};

struct spans {
	struct span *v; /* by range, ascending in each */
	size_t count;
};

/* What is left of the set; free with spans_free(). */
void spans_of(struct spans *l, const struct range_set *set);
/* Takes first … last out of all of them. */
void spans_cut(struct spans *l, const struct ip *first, const struct ip *last);
void spans_free(struct spans *l);

static inline bool span_has(const struct span *s, const struct ip *ip)
{
	return ip_cmp(&s->first, ip) <= 0 && ip_cmp(ip, &s->last) <= 0;
}

#endif
