/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLUGIN_VERSIONS_H
#define PLUGIN_VERSIONS_H

#include <stddef.h>

/*
 * The answer to VERSION, on stdout. It works with whatever is on stdin: an old runtime sends
 * nothing. -EIO: nobody reads it.
 */
int versions_print(const char *request, size_t len);

#endif
