// SPDX-License-Identifier: GPL-2.0-or-later
/* Who takes part. */
#include <stdio.h>
#include "pkg/base/log.h"
#include "plugin/cluster/tool.h"
#include "plugin/tool/columns.h"

static struct columns table;

struct putting {
	const struct cluster_network *n;
};

static int put_node(const struct cluster_node *node, void *ctx)
{
	const struct putting *p = ctx;

	columns_put(&table, "%s", p->n->name);
	columns_put(&table, "%s", node->name);
	columns_put(&table, "%s", node->is_seen ? "lately" : "not lately");
	columns_put(&table, "%s", node->is_confirmed ? "yes" : "no");
	columns_put(&table, "%zu", node->blocks);
	columns_put(&table, "%zu", node->addresses);
	return 0;
}

int cluster_nodes(const struct tool_options *o, struct cluster_network *n)
{
	static const char *const heads[] = { "NETWORK", "NODE",	     "SEEN", "CONFIRMED",
					     "BLOCKS",	"ADDRESSES", NULL };
	struct putting p = { n };
	struct err err = { 0 };

	(void)o;
	if (!n) {
		if (table.n_columns)
			columns_print(&table);
		return 0;
	}
	if (!table.n_columns)
		columns_open(&table, heads);
	if (store_etcd_nodes(n->store, put_node, &p, &err) == 0)
		return 0;
	log_warn("network %s: %s", n->name, err.msg);
	return 1;
}

int cluster_reclaim_node(const struct tool_options *o, struct cluster_network *n)
{
	int status = 0;

	for (int i = 0; i < o->n_args; i++) {
		struct err err = { 0 };
		size_t freed = 0;

		if (store_etcd_reclaim_node(n->store, o->args[i], o->is_forced, &freed, &err) < 0) {
			log_warn("network %s: %s%s", n->name, err.msg,
				 err.code == CNI_ERR_AGAIN && !o->is_forced ?
					 " (--force: all the same)" :
					 "");
			status = 1;
		} else {
			printf("%s: %s: %zu addresses freed\n", n->name, o->args[i], freed);
		}
	}
	return status;
}

int cluster_confirm_node(const struct tool_options *o, struct cluster_network *n)
{
	int status = 0;

	for (int i = 0; i < o->n_args; i++) {
		struct err err = { 0 };

		if (store_etcd_confirm(n->store, o->args[i], &err) < 0) {
			log_warn("network %s: %s", n->name, err.msg);
			status = 1;
		} else {
			printf("%s: %s: confirmed\n", n->name, o->args[i]);
		}
	}
	return status;
}
