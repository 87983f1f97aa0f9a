/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of an attachment: the one table that ADD, DEL, CHECK, STATUS and GC walk.
 *
 * apply is all or nothing: if it fails it has left nothing. revert needs nothing of apply's memory,
 * takes away only what this attachment made, and what is gone already is success. verify says what
 * is no longer as apply made it. ready says why apply could not be served now. retain takes away
 * what belongs to no attachment that lives. A column that a step leaves out has nothing to do.
 */
#ifndef PLUGIN_STEPS_H
#define PLUGIN_STEPS_H

#include "plugin/attach.h"

typedef int step_fn(struct attach *a, struct err *err);

struct step {
	const char *name;
	step_fn *apply;
	step_fn *revert;
	step_fn *verify;
	step_fn *ready;
	step_fn *retain;
};

/* Each in its own file, step_<name>.c. */
extern const struct step step_master, step_vlan, step_ipam, step_probe, step_link, step_detect,
	step_net, step_announce, step_answer;

/* Down the table; when one fails, back up over those that were done. */
int steps_apply(struct attach *a, struct err *err);
/* Up the table, past failures; the first of them is told. */
int steps_revert(struct attach *a, struct err *err);
/* Down the table, until one fails. */
int steps_verify(struct attach *a, struct err *err);
int steps_ready(struct attach *a, struct err *err);
/* Up the table, past failures; all of them are told. */
int steps_retain(struct attach *a, struct err *err);

#endif
