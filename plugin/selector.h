/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A word of the configuration that means an interface of the host by what it has. Who uses it looks
 * for an interface of that name first; no name can have ":" or "/", so what else is meant is seen
 * from the word alone:
 *
 *	en*, eth[0-3]		a name that matches the pattern (fnmatch(3))
 *	52:54:00:12:34:56	that MAC address, burnt in or current
 *	0000:03:00.0		a device at that PCI address
 *	10.1.0.0/24, fd00::/64	a subnet that contains this one
 *	ipam:range		subnets that contain all that "ipam" gives addresses of
 *	else			that alias
 */
#ifndef PLUGIN_SELECTOR_H
#define PLUGIN_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/nl/link.h"
#include "plugin/conf.h"

struct selector {
	const char *missing; /* "the host has no interface <missing>" */
	bool (*is_one)(const char *word);
	bool (*means)(struct nl *nl, const struct conf *conf, const char *word,
		      const struct link *l);
	/* What the interface has of what is looked for, for a person: " 10.1.0.2/24", or "". */
	void (*tell)(struct nl *nl, const struct link *l, char *buf, size_t size);
};

/* What kind of word it is; never NULL. */
const struct selector *selector_of(const char *word);

/* Whether the word's meaning can be known with this configuration; code 7. */
int selector_check(const char *word, const struct conf *conf, struct err *err);

#endif
