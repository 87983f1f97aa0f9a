/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long each step of a call took. */
#ifndef PLUGIN_TRACE_H
#define PLUGIN_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_MAX 24 /* there and back */

struct trace {
	struct {
		const char *step;
		bool is_undone;
		uint64_t took_ns;
	} v[TRACE_MAX];
	size_t n;
};

static inline void trace_add(struct trace *t, const char *step, bool is_undone, uint64_t took_ns)
{
	if (t->n == TRACE_MAX)
		return;
	t->v[t->n].step = step;
	t->v[t->n].is_undone = is_undone;
	t->v[t->n++].took_ns = took_ns;
}

#endif
