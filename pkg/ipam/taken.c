// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/taken.h"

#include <stdlib.h>
#include <string.h>

#include "pkg/base/mem.h"

void taken_append(struct taken *t, const struct ip *ip)
{
	if (t->count == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->ips = mem_resize(t->ips, t->room, sizeof(*t->ips));
	}
	t->ips[t->count++] = *ip;
}

static int by_number(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

void taken_sort(struct taken *t)
{
	if (t->count)
		qsort(t->ips, t->count, sizeof(*t->ips), by_number);
}

/* Index of the first that is not below ip; count if there is none. */
static size_t lower_bound(const struct taken *t, const struct ip *ip)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ip_cmp(&t->ips[mid], ip) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void taken_add(struct taken *t, const struct ip *ip)
{
	size_t at = lower_bound(t, ip);

	if (at < t->count && ip_cmp(&t->ips[at], ip) == 0)
		return;
	taken_append(t, ip);
	memmove(&t->ips[at + 1], &t->ips[at], (t->count - 1 - at) * sizeof(*t->ips));
	t->ips[at] = *ip;
}

bool taken_gap(const struct taken *t, const struct ip *first, const struct ip *last, struct ip *gap)
{
	struct ip ip = *first;

	if (ip_cmp(first, last) > 0)
		return false;
	for (size_t i = lower_bound(t, first); i < t->count; i++) {
		int order = ip_cmp(&t->ips[i], &ip);

		if (order > 0)
			break;
		if (order < 0) /* the same address twice */
			continue;
		if (ip_cmp(&ip, last) == 0)
			return false;
		ip_next(&ip); /* is not behind last, so there is one */
	}
	*gap = ip;
	return true;
}

void taken_free(struct taken *t)
{
	free(t->ips);
	*t = (struct taken){ 0 };
}
