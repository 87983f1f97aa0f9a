// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/paint.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_colours(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

void paint_begin(enum paint p)
{
	/* ECMA-48, Select Graphic Rendition */
	static const char *const codes[] = { [PAINT_HEAD] = "1",
					     [PAINT_QUIET] = "2",
					     [PAINT_WARNING] = "33",
					     [PAINT_ERROR] = "1;31",
					     [PAINT_GOOD] = "32" };

	if (has_colours())
		printf("\033[%sm", codes[p]);
}

void paint_end(void)
{
	if (has_colours())
		fputs("\033[0m", stdout);
}
