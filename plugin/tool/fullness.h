/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How full a range is. */
#ifndef PLUGIN_TOOL_FULLNESS_H
#define PLUGIN_TOOL_FULLNESS_H

#include "plugin/conf.h"
#include "plugin/tool/networks.h"

struct fullness {
	const char *network; /* borrowed from the configuration, and so is the range */
	const struct range *range;
	size_t set;
	size_t held, stale, resting;
	double size; /* addresses that can be given */
};

/* Calls fn for each range of the configuration. */
void fullness_each(const struct conf *conf, const struct listing *all,
		   void (*fn)(const struct fullness *f, void *ctx), void *ctx);

double fullness_free(const struct fullness *f);
double fullness_percent(const struct fullness *f);

/* "245", "1.84e+19". Returns buf. */
char *fullness_number(double n, char buf[static 32]);

#endif
