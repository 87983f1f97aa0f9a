/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The id that a netns has in another one (RTM_GETNSID): kept by the kernel as long as the netns
 * lives, whatever keeps it alive, and gone with it.
 */
#ifndef NL_NSID_H
#define NL_NSID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pkg/nl/nl.h"

/*
 * The id of the netns of netns_fd in the socket's netns. One that has none gets one that no other
 * had before it in this boot, as far as it is ours to choose (it is made of the clock): the kernel
 * itself would give those again that became free. -errno.
 */
int nsid_get(struct nl *nl, int netns_fd, int32_t *id);

/* The ids that netns have here, in no order; *out is freed with free(). -errno. */
int nsid_list(struct nl *nl, int32_t **out, size_t *count, struct err *err);

/* The id that the socket's netns has in itself, as links elsewhere name it; -1: none. */
int32_t nsid_self(struct nl *nl);

/* Whether it is certain that no netns has that id here. */
bool nsid_is_unused(struct nl *nl, int32_t id);

/*
 * The number of the socket's netns that is never given again in this boot; 0: the kernel has none.
 */
uint64_t nsid_cookie(const struct nl *nl);

#endif
