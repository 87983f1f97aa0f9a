/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of addresses. Zero-initialised is empty. */
#ifndef IPAM_IPS_H
#define IPAM_IPS_H

#include <stdbool.h>
#include <stdlib.h>
#include "pkg/base/ip.h"
#include "pkg/base/mem.h"

struct ips {
	struct ip *v;
	size_t count, room;
};

static inline void ips_append(struct ips *l, const struct ip *ip)
{
	if (l->count == l->room) {
		l->room = l->room ? 2 * l->room : 16;
		l->v = (struct ip *)mem_resize(l->v, l->room, sizeof(*l->v));
	}
	l->v[l->count++] = *ip;
}

static inline bool ips_have(const struct ips *l, const struct ip *ip)
{
	for (size_t i = 0; i < l->count; i++)
		if (ip_cmp(&l->v[i], ip) == 0)
			return true;
	return false;
}

static inline void ips_drop(struct ips *l, const struct ip *ip)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++)
		if (ip_cmp(&l->v[i], ip) != 0)
			l->v[kept++] = l->v[i];
	l->count = kept;
}

static inline void ips_free(struct ips *l) /* empty again */
{
	free(l->v);
	*l = (struct ips){ 0 };
}

#endif
