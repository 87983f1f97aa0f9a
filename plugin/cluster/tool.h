/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ipvlan-cluster COMMAND …`, for the person who looks after the cluster. */
#ifndef PLUGIN_CLUSTER_TOOL_H
#define PLUGIN_CLUSTER_TOOL_H

#include "plugin/cluster/conf.h"
#include "plugin/tool/options.h"

/* A network of this node's configurations, with its store open. */
struct cluster_network {
	const char *file, *name;
	const struct conf *conf;
	const struct cluster_keys *keys;
	struct store *store;
};

/* One command over one network. Exit statuses: 0, 1 not as it should be. */
typedef int cluster_command(const struct tool_options *o, struct cluster_network *n);

/* Exit statuses: those, and 2 usage. */
int cluster_tool(int argc, char **argv);

/* tool_list.c; list and export gather over all networks, and print when n is NULL */
cluster_command cluster_list, cluster_show, cluster_export;
/* tool_nodes.c */
cluster_command cluster_nodes, cluster_reclaim_node, cluster_confirm_node;
/* tool_mend.c */
cluster_command cluster_free, cluster_gc, cluster_import, cluster_check;

#endif
