/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long an attachment can live: as long as its netns (pkg/ipam/facts.h says what proves that one
 * is gone). Here the IPAM, which keeps the facts, and the kernel, which knows them, meet.
 */
#ifndef PLUGIN_LIFETIME_H
#define PLUGIN_LIFETIME_H

#include "pkg/ipam/facts.h"
#include "pkg/nl/nl.h"

/* Who asks the kernel: a socket in the netns that the plugin runs in, and what is known here. */
struct lifetime {
	struct nl *home;
	struct facts here; /* home, and nsid and cookie of the own attachment, if there is one */
};

/* netns_fd and pod (a socket in it) are the attachment's, -1 and NULL: it has none, or none now. */
void lifetime_open(struct lifetime *l, struct nl *home, int netns_fd, const struct nl *pod);

/* Whether it is proven that the netns of these facts is gone; ctx is a struct lifetime. */
bool lifetime_is_over(const struct facts *f, void *ctx);

#endif
