/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLUGIN_VERSIONS_H
#define PLUGIN_VERSIONS_H

#include <stddef.h>

/*
 * The answer to VERSION, on stdout. It works with whatever is on stdin: an old runtime sends
 * nothing. -EIO: nobody reads it.
 */
int versions_print(const char *request, size_t len);

/*
 * The version that the configuration says it is of, whether there is such a one or not, for an
 * error that comes before it is read. version stays as it is where that cannot be told.
 */
void versions_peek(const char *request, size_t len, char version[static 16]);

#endif
