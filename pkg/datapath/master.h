/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a link of kind ipvlan asks of its master, so that it is refused in words that help: what the
 * driver would refuse, and what a driver that has one mode for all slaves of a master would do.
 */
#ifndef DATAPATH_MASTER_H
#define DATAPATH_MASTER_H

#include "pkg/datapath/datapath.h"

/* Whether it can have slaves at all: Ethernet, and no port of anything. Code 101. */
int master_check(struct nl *lower, const struct link *master, struct err *err);

/* Whether it is free of macvlan, as far as can be seen. -EBUSY, code 101, naming what is on it. */
int master_check_parent(struct nl *lower, const struct link *master, struct err *err);

/* Whether slaves of a master share mode and flags: with the kernel's own driver they do. */
bool master_has_one_mode(void);

/*
 * Whether a slave of this mode and these flags would leave those that are there as they are. True
 * of each where slaves have their own. -EEXIST, code 101, with who uses the master and what can
 * be done.
 */
int master_check_mode(struct nl *lower, const struct datapath_spec *spec, struct err *err);

#endif
