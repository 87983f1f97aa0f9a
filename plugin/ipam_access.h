/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reservations of a network as an attachment uses them: on its terms, for itself. */
#ifndef PLUGIN_IPAM_ACCESS_H
#define PLUGIN_IPAM_ACCESS_H

#include "pkg/base/cleanup.h"
#include "pkg/ipam/alloc.h"
#include "plugin/attach.h"
#include "plugin/lifetime.h"

/* A store and what it is used with; both borrow from here. */
struct ipam_access {
	struct store *s; /* NULL where nothing was ever reserved and create did not ask for more */
	struct lifetime lifetime;
	struct facts facts;
};

/* Zero-initialised is closed. */
int ipam_access_open(struct attach *a, bool create, struct ipam_access *x, struct err *err);
void ipam_access_close(struct ipam_access *x);

#define cleanup_ipam_access cleanup(ipam_access_close)

/* Whose they are, and out of what they come; both borrow from a. */
struct owner ipam_owner(const struct attach *a);
struct pool ipam_pool(const struct attach *a);

#endif
