// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/columns.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/mem.h"
#include "plugin/tool/paint.h"

static void add(struct columns *c, char *text)
{
	c->cells = mem_resize(c->cells, c->n_cells + 1, sizeof(*c->cells));
	c->cells[c->n_cells++] = text;
}

void columns_open(struct columns *c, const char *const *heads)
{
	*c = (struct columns){ 0 };
	for (; heads[c->n_columns]; c->n_columns++)
		add(c, mem_str(heads[c->n_columns]));
}

void columns_put(struct columns *c, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len <= 0) {
		if (len == 0)
			free(text);
		text = mem_str("-");
	}
	add(c, text);
}

void columns_print(struct columns *c)
{
	size_t widths[COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < c->n_cells; i++)
		if (strlen(c->cells[i]) > widths[i % c->n_columns])
			widths[i % c->n_columns] = strlen(c->cells[i]);
	for (size_t i = 0; i < c->n_cells && c->n_cells > c->n_columns; i++) {
		if (i == 0)
			paint_begin(PAINT_HEAD);
		else if (i == c->n_columns)
			paint_end();
		if (i % c->n_columns == c->n_columns - 1)
			printf("%s\n", c->cells[i]);
		else
			printf("%-*s  ", (int)widths[i % c->n_columns], c->cells[i]);
	}
	for (size_t i = 0; i < c->n_cells; i++)
		free(c->cells[i]);
	free(c->cells);
}
