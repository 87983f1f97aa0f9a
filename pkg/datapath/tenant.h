/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who stands on an interface of a netns, in whichever other one, as far as can be seen from here:
 * the master's own netns, those that have an id in it (an attachment's has), and those that
 * runtimes keep by name.
 */
#ifndef DATAPATH_TENANT_H
#define DATAPATH_TENANT_H

#include <stdbool.h>
#include "pkg/nl/link.h"

struct tenant {
	struct link link; /* as it is where it is */
	int32_t nsid;	  /* where that is: an id in the master's netns, -1 this itself */
};

/* Calls fn for each that can be seen, until it returns non-zero; returns that. */
typedef int (*tenant_fn)(const struct tenant *t, void *ctx);
int tenant_each(struct nl *lower, tenant_fn fn, void *ctx);

/*
 * The first one of this kind on the master, whose netns is the socket's. False: none that can be
 * seen, which is no proof that there is none.
 */
bool tenant_find(struct nl *lower, const struct link *master, const char *kind, struct tenant *out);

#define TENANT_STR_MAX 384

/* "eth0 of container X in network net" for one of ours, else "mac0 in netns id 3"; returns buf. */
char *tenant_format(const struct tenant *t, char buf[static TENANT_STR_MAX]);

#endif
