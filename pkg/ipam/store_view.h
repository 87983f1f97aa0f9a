/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store of store_dir.h from inside. */
#ifndef IPAM_STORE_VIEW_H
#define IPAM_STORE_VIEW_H

#include "pkg/ipam/store.h"
#include "pkg/ipam/view.h"

struct store_dir {
	struct store store; /* first: the ops cast back */
	struct view view;
};

static inline struct view *view_of(struct store *s)
{
	return &((struct store_dir *)s)->view;
}

#endif
