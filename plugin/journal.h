/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line a call, where the configuration asks for it ("log"): what was asked, what came of it,
 * and how long each step took. Never on stdout; a log that cannot be written is told on stderr and
 * is no failure.
 */
#ifndef PLUGIN_JOURNAL_H
#define PLUGIN_JOURNAL_H

#include "plugin/attach.h"

/* What is known when the attachment is closed. */
struct journal {
	struct trace trace;
	char master[IFNAMSIZ], addresses[512];
	const char *datapath; /* "": not known */
};

void journal_note(struct journal *j, const struct attach *a);

/* err: why it failed; of success not set. Does nothing where no log is asked for. */
void journal_write(const struct journal *j, const struct conf *conf, const struct cni_env *env,
		   const struct err *err, uint64_t took_ns);

#endif
