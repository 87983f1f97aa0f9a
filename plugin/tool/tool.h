/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person on the node asks for: `ipvlan TOOL …`, one file each. */
#ifndef PLUGIN_TOOL_TOOL_H
#define PLUGIN_TOOL_TOOL_H

struct tool {
	const char *name;
	/*
	 * argv[0] is the tool's name. The exit status: 0 done, 1 it is not as it should be, 2
	 * usage.
	 */
	int (*run)(int argc, char **argv);
};

extern const struct tool tool_list, tool_ipam, tool_gc, tool_ebpf, tool_lock, tool_unlock;

/* NULL if there is none of that name. */
const struct tool *tool_find(const char *name);

#endif
