/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Alternative names of an interface (Linux 5.5): each is one interface's in a netns, is found as a
 * name is, and goes with the interface. Shorter than LINK_ALTNAME_MAX.
 */
#ifndef NL_ALTNAME_H
#define NL_ALTNAME_H

#include "pkg/nl/nl.h"

/* A request for a batch. */
void altname_put_new(struct nl_batch *b, int ifindex, const char *name);

/* Gone already is success, and so is an interface that is gone. */
int altname_delete(struct nl *nl, int ifindex, const char *name, struct err *err);

/* All of an interface, NULL behind; freed with mem_strs_free(). -ENODEV, err untouched. */
int altname_list(struct nl *nl, int ifindex, char ***out, struct err *err);

#endif
