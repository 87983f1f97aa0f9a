/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic control by rtnetlink: the clsact qdisc and BPF programs on its two hooks. */
#ifndef NL_TC_H
#define NL_TC_H

#include <stdbool.h>
#include <stdint.h>
#include "pkg/nl/nl.h"

enum tc_hook { TC_INGRESS, TC_EGRESS };

/* A place for one program; a lower pref is run before a higher one. */
struct tc_filter {
	int ifindex;
	enum tc_hook hook;
	uint16_t pref;
	uint32_t handle;
};

/* Requests for a batch. */

/* The qdisc that has the hooks. One being there is success, unless is_new: then -EEXIST. */
void tc_put_clsact(struct nl_batch *b, int ifindex, bool is_new);

/* Puts a program there, its verdict is the frame's; one that was there is replaced at once. */
void tc_put_program(struct nl_batch *b, const struct tc_filter *at, int prog_fd, const char *name,
		    uint32_t classid);

/* The id of the program there; -ENOENT, err untouched, if there is none. */
int tc_find_program(struct nl *nl, const struct tc_filter *at, uint32_t *prog_id, struct err *err);

/* Gone already is success. */
int tc_remove_program(struct nl *nl, const struct tc_filter *at, struct err *err);

/* Whether anybody has a filter on either hook; false also if that cannot be known. */
bool tc_has_filters(struct nl *nl, int ifindex);

/* Takes clsact away, unless someone's filter is on it. Gone already is success. */
int tc_remove_clsact(struct nl *nl, int ifindex, struct err *err);

#endif
