/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of interfaces by rtnetlink. */
#ifndef NL_ADDR_H
#define NL_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/base/ip.h"
#include "pkg/nl/nl.h"

/*
 * A request for a batch: add this address. IPv6 without duplicate address detection (IFA_F_NODAD,
 * RFC 4862 5.4): it is usable at once, its uniqueness is the IPAM's.
 */
void addr_put_new(struct nl_batch *b, int ifindex, const struct prefix *address);

/* The global addresses of an interface; *out is freed with free(). */
int addr_list(struct nl *nl, int ifindex, struct prefix **out, size_t *count, struct err *err);

/* Whether it is one of the netns itself, on whichever interface. */
bool addr_is_local(struct nl *nl, const struct ip *ip);

#endif
