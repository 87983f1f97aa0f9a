/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network configurations of a node, as its runtimes read them. */
#ifndef PLUGIN_TOOL_CONFS_H
#define PLUGIN_TOOL_CONFS_H

#include "plugin/conf.h"
#include "plugin/tool/options.h"

/* One plugin of a list, or one that stands alone; its network's name is the list's. */
struct conf_entry {
	const char *file;
	const char *network;
	const struct json *root;   /* of the whole file */
	const struct json *plugin; /* NULL: the file cannot be read, and this is why: */
	const char *why;
};

/*
 * Calls fn for each plugin in each file of o->conf_dir, in the order of the files' names, of
 * o->network or all. What fn is given is good during the call.
 */
void confs_each_plugin(const struct tool_options *o,
		       void (*fn)(const struct conf_entry *e, void *ctx), void *ctx);

/* Whether a plugin is of type "ipvlan". */
bool confs_is_ours(const struct json *plugin);

/* The plugin as a runtime hands it over, with its list's name and version; the caller frees it. */
char *confs_merge(const struct json *root, const struct json *plugin);

/* The addresses that a plugin gives; is_ours: whatever the type says. Freed also after an error. */
int confs_parse(const struct conf_entry *e, bool is_ours, struct conf *conf, struct err *err);
void confs_free(struct conf *conf);

/*
 * Calls fn for each host-local configuration that keeps its reservations in o->data_dir. What
 * cannot be read is told on stderr and left out.
 */
void confs_each_local(const struct tool_options *o,
		      void (*fn)(const struct conf *conf, const char *file, void *ctx), void *ctx);

#endif
