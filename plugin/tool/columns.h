/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table for people: columns as wide as their widest cell, the last one open. */
#ifndef PLUGIN_TOOL_COLUMNS_H
#define PLUGIN_TOOL_COLUMNS_H

#include <stddef.h>

#define COLUMNS_MAX 12

struct columns {
	size_t n_columns;
	char **cells; /* row by row, the head first */
	size_t n_cells;
};

/* heads: NULL-terminated, at most COLUMNS_MAX. */
void columns_open(struct columns *c, const char *const *heads);
/* The next cell of the row, or of the next row; "" and NULL are shown as "-". */
void columns_put(struct columns *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* To stdout, if there is more than the head; and frees it. */
void columns_print(struct columns *c);

#endif
