/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes by rtnetlink. */
#ifndef NL_ROUTE_H
#define NL_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/base/ip.h"
#include "pkg/nl/nl.h"

struct route {
	struct prefix dst;
	struct ip gw; /* not set: dst is on the link */
	int ifindex;
	uint32_t mtu;	   /* bytes, 0: the link's */
	uint32_t advmss;   /* bytes, 0: none */
	uint32_t priority; /* 0: the kernel's default (IPv6: 1024) */
	uint32_t table;	   /* 0: main */
	int scope;	   /* RT_SCOPE_*, -1: as the gateway implies */
};

/* The RT_SCOPE_* that it has, or that the kernel is told. */
unsigned char route_scope(const struct route *r);

/* A request for a batch: add this route. The very same route being there is success. */
void route_put_new(struct nl_batch *b, const struct route *r);

/*
 * The routes out of an interface (0: of any), of all tables but local; *out is freed with free().
 */
int route_list(struct nl *nl, int ifindex, struct route **out, size_t *count, struct err *err);

/*
 * The interface of the default route in table main with the lowest priority, IPv4's before IPv6's.
 * -ENOENT, err untouched, if there is none.
 */
int route_default_link(struct nl *nl, int *ifindex, struct err *err);

#endif
