/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colours, where stdout is a terminal that has them and NO_COLOR (no-color.org) is not set. */
#ifndef PLUGIN_TOOL_PAINT_H
#define PLUGIN_TOOL_PAINT_H

enum paint { PAINT_HEAD, PAINT_QUIET, PAINT_WARNING, PAINT_ERROR, PAINT_GOOD };

void paint_begin(enum paint p);
void paint_end(void);

#endif
