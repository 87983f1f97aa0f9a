/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every key that a configuration may have: what the parser reads, and ipvlan-cni(5) tells of. */
#ifndef PLUGIN_CONF_KEYS_H
#define PLUGIN_CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/* Which object a key is in. */
enum key_place {
	KEY_PLUGIN, /* the plugin's own */
	KEY_IPAM,   /* "ipam", of types host-local, static, ipvlan-ipam */
	KEY_RANGE,  /* a range of "ranges" and of a pool */
};

struct conf_key {
	enum key_place place;
	const char *name;
};

/* Ends with one without a name. */
extern const struct conf_key conf_keys[];

/* Names are compared as the parser compares them: without regard to case. */
bool conf_key_is_known(enum key_place place, const char *name);

/* The known one that is spelled nearly like that, or NULL. */
const char *conf_key_like(enum key_place place, const char *name);

#endif
