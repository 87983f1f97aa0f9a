/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person on the node asks for: `ipvlan TOOL …`, one file each. */
#ifndef PLUGIN_TOOL_TOOL_H
#define PLUGIN_TOOL_TOOL_H

#include "plugin/tool/networks.h"

/* The exit status of each: 0 done, 1 it is not as it should be, 2 usage. */
struct tool {
	const char *name;
	const char *summary; /* half a line, for the list of all */
	const char *usage;   /* the options that it names are those that are taken (options.h) */
	int (*act)(const struct tool_options *o, struct node *n);
	/* Instead of act, for who reads the command line itself; argv[0] is the tool's name. */
	int (*run)(int argc, char **argv);
};

extern const struct tool tool_list, tool_show, tool_doctor, tool_explain, tool_ipam, tool_gc,
	tool_ebpf, tool_metrics, tool_lock, tool_unlock, tool_install;

/* `ipvlan ARGUMENT…`: the exit status. */
int tool_main(int argc, char **argv);

#endif
