/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which interface the slaves stand on: what the configuration's "master" means on this host (see
 * plugin/selector.h for its words), or the way to the outside where it says nothing.
 */
#ifndef PLUGIN_MASTER_H
#define PLUGIN_MASTER_H

#include <stdbool.h>
#include "plugin/conf.h"
#include "pkg/nl/link.h"

/*
 * The best of what the words mean, in their order: one that is up and has carrier goes before one
 * that has none, that before one that is down, and that before one that can carry no slave (whoever
 * makes the slave says why).
 * Code 101 with what was looked for, and in the details what there is.
 */
int master_choose(struct nl *nl, const struct conf *conf, struct link *out, struct err *err);

/* The interface of the default route, IPv4's before IPv6's. Code 101 if there is none. */
int master_by_route(struct nl *nl, struct link *out, struct err *err);

/* The interface of this name and no other word for it. Code 101. */
int master_by_name(struct nl *nl, const struct conf *conf, const char *name, struct link *out,
		   struct err *err);

/* Whether the configuration's words mean this one; true if it has none. */
bool master_is_meant(struct nl *nl, const struct conf *conf, const struct link *l);

/* Whether the MTU that is asked for is none that it cannot carry. Code 7. */
int master_check_mtu(const struct conf *conf, const struct link *master, struct err *err);

/* The words as the configuration has them: eth0, or "one of bond0, en*". Returns buf. */
char *master_words(const struct conf *conf, char *buf, size_t size);

#endif
