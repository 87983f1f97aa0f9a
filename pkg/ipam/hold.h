/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that somebody else chose ("static"), reserved so that no other attachment gets them. */
#ifndef IPAM_HOLD_H
#define IPAM_HOLD_H

#include "pkg/ipam/alloc.h"

/*
 * Reserves these very addresses. All or nothing; those that the owner holds already are fine. Code
 * 105 if another attachment holds one.
 */
int hold_add(struct store *s, const struct lease *leases, size_t n, const struct owner *o,
	     struct err *err);

/* 0 if the owner holds each of them; else code 107. */
int hold_check(struct store *s, const struct lease *leases, size_t n, const struct owner *o,
	       struct err *err);

#endif
