/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that somebody asks for: the runtime, the network's user, the pod. */
#ifndef PLUGIN_WISH_H
#define PLUGIN_WISH_H

#include <stddef.h>
#include "pkg/base/ip.h"
#include "pkg/cni/json.h"

#define WISH_BARE 0xff /* a prefix length that was not given */

/* Zero-initialised is none. */
struct wishes {
	struct prefix *v;
	size_t n;
};

/* Appends those of an array of "10.0.0.5" or "10.0.0.5/24". Code 7 with path and value. */
int wishes_add_list(struct wishes *w, const struct json *list, struct err *err);

/* The same of a text with commas, and blanks behind them, between. Code `code`: "<what>: expected an IP address". */
int wishes_add_text(struct wishes *w, const char *text, int code, const char *what,
		    struct err *err);

void wishes_free(struct wishes *w);

#endif
