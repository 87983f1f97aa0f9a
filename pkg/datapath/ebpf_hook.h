/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where our programs are on a master: behind what others have there, so that those see what they
 * saw before. With tcx that is the end of the list, with clsact a pref higher than those that the
 * kernel gives by itself.
 */
#ifndef DATAPATH_EBPF_HOOK_H
#define DATAPATH_EBPF_HOOK_H

#include <stdbool.h>
#include <stdint.h>
#include "pkg/base/err.h"
#include "pkg/nl/tc.h"

/* Of those on masters, by enum tc_hook. */
extern const char *const ebpf_program_names[];

/* Where a pod's program is, on its host end. */
struct tc_filter ebpf_pod_filter(int host_end);

/* Whether the kernel has tcx. */
bool ebpf_hook_has_tcx(int ifindex);

/* An fd of the program with that id if it has that name; else negative. The caller closes it. */
int ebpf_program_open(uint32_t id, const char *name);

/* Our program on a hook of a master, as an fd that the caller closes; -ENOENT. */
int ebpf_hook_open(struct nl *nl, int master, enum tc_hook hook, struct err *err);

int ebpf_hook_attach(struct nl *nl, int master, enum tc_hook hook, int fd, bool is_tcx,
		     struct err *err);

/* However many are there, and by whichever way they came. None: 0. */
int ebpf_hook_detach(struct nl *nl, int master, enum tc_hook hook, struct err *err);

#endif
