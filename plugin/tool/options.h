/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person says on the command line of a tool. */
#ifndef PLUGIN_TOOL_OPTIONS_H
#define PLUGIN_TOOL_OPTIONS_H

#include <stdbool.h>
#include "pkg/cni/json.h"

#define OPTIONS_CONF_DIR "/etc/cni/net.d"

struct tool_options {
	const char *data_dir, *conf_dir;
	const char *network; /* NULL: all */
	bool is_json, is_forced, is_fixing, is_list, is_dry;
	char **args; /* what is left */
	int n_args;
};

/*
 * Reads the options: a tool takes those that its usage names. That is printed for --help and for
 * what is none. 0 go on; else exit with it - 1.
 */
int options_read(int argc, char **argv, const char *usage, struct tool_options *o);

/* The document in the file that is the first argument, or on stdin; freed with cJSON_Delete(). */
int options_document(const struct tool_options *o, cJSON **doc, struct err *err);

#endif
