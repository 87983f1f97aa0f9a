/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that nobody can be using any more. Internal to the store of store_dir.h. */
#ifndef IPAM_RECLAIM_H
#define IPAM_RECLAIM_H

#include "pkg/ipam/store.h"
#include "pkg/ipam/view.h"

/* Why the file's owner is nobody, or proven dead (facts.h): for people. NULL: it may live. */
const char *reclaim_reason(const struct view *v, const struct terms *t, const struct record *r);

/* store_ops.reclaim: see there. */
int reclaim_some(struct view *v, const struct terms *t, const struct ip *first,
		 const struct ip *last, struct err *err);

#endif
