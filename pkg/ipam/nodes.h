/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taken addresses as bits, in nodes of 256; a node all taken is one bit in a node above it, and so
 * on: the next free one of a range of any size, IPv6 as IPv4, is a few lookups away. Internal to
 * the index.
 */
#ifndef IPAM_NODES_H
#define IPAM_NODES_H

#include "pkg/ipam/index.h"

/* Taken and given back; either may be so already. */
void nodes_take(struct index *x, const struct ip *ip);
void nodes_give(struct index *x, const struct ip *ip);
bool nodes_has(struct index *x, const struct ip *ip);

/* Moves ip to the lowest address at or behind it that is not taken; false if there is none. */
bool nodes_next_clear(struct index *x, struct ip *ip);

#endif
