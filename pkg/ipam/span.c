// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/span.h"

#include <stdlib.h>
#include <string.h>

#include "pkg/base/mem.h"

static void insert(struct spans *l, size_t at, const struct span *s)
{
	l->v = mem_resize(l->v, l->count + 1, sizeof(*l->v));
	memmove(&l->v[at + 1], &l->v[at], (l->count - at) * sizeof(*l->v));
	l->v[at] = *s;
	l->count++;
}

static void delete (struct spans *l, size_t at)
{
	l->count--;
	memmove(&l->v[at], &l->v[at + 1], (l->count - at) * sizeof(*l->v));
}

/* What of the span lies before `first` and behind `last`, in its place. How many that are. */
static size_t cut_one(struct spans *l, size_t at, const struct ip *first, const struct ip *last)
{
	struct span before = l->v[at], behind = l->v[at];
	size_t left = 0;

	delete (l, at);
	behind.first = *last;
	if (ip_cmp(last, &behind.last) < 0 && ip_next(&behind.first)) {
		insert(l, at, &behind);
		left++;
	}
	before.last = *first;
	if (ip_cmp(&before.first, first) < 0 && ip_prev(&before.last)) {
		insert(l, at, &before);
		left++;
	}
	return left;
}

void spans_cut(struct spans *l, const struct ip *first, const struct ip *last)
{
	for (size_t i = 0; i < l->count;) {
		const struct span *s = &l->v[i];

		if (ip_cmp(last, &s->first) < 0 || ip_cmp(&s->last, first) < 0)
			i++;
		else
			i += cut_one(l, i, first, last);
	}
}

void spans_of(struct spans *l, const struct range_set *set)
{
	*l = (struct spans){ 0 };
	for (size_t i = 0; i < set->count; i++) {
		const struct span all = { set->ranges[i].start, set->ranges[i].end, i };

		insert(l, l->count, &all);
	}
	/* A range's gateway is no address of another range either: they do not overlap. */
	for (size_t i = 0; i < set->count; i++)
		spans_cut(l, &set->ranges[i].gateway, &set->ranges[i].gateway);
}

void spans_free(struct spans *l)
{
	free(l->v);
	*l = (struct spans){ 0 };
}
