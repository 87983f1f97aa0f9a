/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file where others read it while it changes: at each instant, also after a power cut, its name
 * is the old file's or the new one's, whole. The one before it stays beside it as NAME.previous.
 */
#ifndef PLUGIN_PLACE_H
#define PLUGIN_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "pkg/base/err.h"

#define PLACE_PREVIOUS ".previous"

/*
 * Puts data[len] to dirfd/name. What is there and says the same stays, and so does the one before
 * it: who installs one thing twice can still go back. *is_new (may be NULL): whether it did not.
 */
int place_put(int dirfd, const char *name, const char *data, size_t len, mode_t mode, bool *is_new,
	      struct err *err);

/* The same for a link to a name in that directory. */
int place_link(int dirfd, const char *name, const char *target, struct err *err);

/* Exchanges dirfd/name and the one before it: twice is as never. -ENOENT where there is none. */
int place_back(int dirfd, const char *name, struct err *err);

#endif
