/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VLAN sub-interfaces (IEEE 802.1Q). */
#ifndef NL_VLAN_H
#define NL_VLAN_H

#include "pkg/nl/link.h"

#define VLAN_ID_MIN 1
#define VLAN_ID_MAX 4094 /* IEEE 802.1Q: 0 is no VLAN, 4095 is reserved */

/* The sub-interface of that id, whoever made it. -ENODEV, err untouched: there is none. */
int vlan_find(struct nl *nl, const struct link *master, uint16_t id, struct link *out,
	      struct err *err);

struct vlan_spec {
	const char *name;
	const struct link *master;
	uint16_t id;
	const char *alias, *altname; /* what it has from its first instant */
};

/*
 * Makes one, down. One request: a process that is killed leaves it with alias and alternative name,
 * or leaves nothing. -EEXIST: the name is taken, or the master has that id; -EOPNOTSUPP: the kernel
 * has no driver.
 */
int vlan_create(struct nl *nl, const struct vlan_spec *spec, struct err *err);

#endif
