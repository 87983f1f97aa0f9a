// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/cluster/tool.h"

#include <stdio.h>
#include <string.h>
#include "pkg/base/log.h"
#include "plugin/tool/confs.h"
#include "plugin/tool/networks.h"

static const char usage[] =
	"usage: ipvlan-cluster COMMAND [OPTION...] [ARGUMENT...]\n"
	"\n"
	"  list                    every reservation of every node\n"
	"  show                    how full each configured range is\n"
	"  nodes                   who takes part: blocks, addresses, when seen\n"
	"  check                   this node's book against etcd; 1 if they differ\n"
	"  free ADDRESS...         take reservations away; those in use only with --force\n"
	"  gc                      free what is proven dead on this node\n"
	"  reclaim NODE            free all that a node held that will not come again\n"
	"  confirm NODE            after a restoration: go on without waiting for that node\n"
	"  export                  all reservations as JSON, to stdout\n"
	"  import [FILE]           reserve what an export has, `ipvlan ipam export` too\n"
	"\n"
	"  --network NAME          this one alone (default: each that is configured)\n"
	"  --conf-dir DIR          where configurations are (default: /etc/cni/net.d)\n"
	"  --json                  for programs\n"
	"  --force                 though somebody may be using it\n";

static const struct {
	const char *name;
	cluster_command *run;
	int min_args;
	bool is_gathered; /* run once more without a network, to print */
} commands[] = {
	{ "list", cluster_list, 0, true },
	{ "show", cluster_show, 0, true },
	{ "nodes", cluster_nodes, 0, true },
	{ "check", cluster_check, 0, false },
	{ "free", cluster_free, 1, false },
	{ "gc", cluster_gc, 0, false },
	{ "reclaim", cluster_reclaim_node, 1, false },
	{ "confirm", cluster_confirm_node, 1, false },
	{ "export", cluster_export, 0, true },
	{ "import", cluster_import, 0, false },
};

/* ---- the networks of this node -------------------------------------------------------------- */

struct walk {
	const struct tool_options *o;
	struct node node;
	cluster_command *run;
	int status;
	size_t n_networks;
};

static int run_on(struct walk *w, const struct conf_entry *e, const struct conf *conf,
		  struct err *err)
{
	struct cluster_network n = { .file = e->file, .name = e->network, .conf = conf };
	struct cluster_keys keys;
	int rc = cluster_conf_parse(e->plugin, conf, &keys, err);

	n.keys = &keys;
	if (rc == 0)
		rc = store_etcd_open(&keys.conf, conf->name, false, &n.store, err);
	if (rc == 0) {
		n.store->terms =
			(struct terms){ .is_gone = lifetime_is_over, .ctx = &w->node.lifetime };
		w->status |= w->run(w->o, &n);
		n.store->ops->close(n.store);
		w->n_networks++;
	}
	cluster_conf_free(&keys);
	return rc;
}

static bool is_clusters(const struct json *plugin)
{
	struct json ipam = json_get(plugin, "ipam"), type = json_get(&ipam, "type");
	const char *text = "";

	json_str(&type, &text, NULL);
	return strcmp(text, CLUSTER_TYPE) == 0;
}

static void use_plugin(const struct conf_entry *e, void *ctx)
{
	struct walk *w = ctx;
	struct err err = { 0 };
	struct conf conf;
	int rc;

	if (!e->plugin) {
		log_warn("%s", e->why);
		return;
	}
	if (!is_clusters(e->plugin))
		return;
	rc = confs_parse(e, true, &conf, &err);
	if (rc == 0)
		rc = run_on(w, e, &conf, &err);
	if (rc < 0) {
		log_warn("%s: %s", e->file, err.msg);
		w->status = 1;
	}
	confs_free(&conf);
}

static int each_network(struct walk *w)
{
	networks_open(&w->node);
	confs_each_plugin(w->o, use_plugin, w);
	networks_close(&w->node);
	if (!w->n_networks && !w->status) {
		log_warn("no configuration in %s has ipam.type \"" CLUSTER_TYPE "\"%s%s",
			 w->o->conf_dir, w->o->network ? " and the name " : "",
			 w->o->network ?: "");
		w->status = 1;
	}
	return w->status;
}

/* ---- the command line ----------------------------------------------------------------------- */

int cluster_tool(int argc, char **argv)
{
	bool is_help = argc > 1 && strcmp(argv[1], "--help") == 0;
	struct tool_options o;

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++) {
		struct walk w = { .o = &o, .run = commands[i].run };
		int rc;

		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		rc = options_read(argc - 1, argv + 1, usage, &o);
		if (rc)
			return rc - 1;
		if (o.n_args < commands[i].min_args) {
			log_warn("%s: of what? (ipvlan-cluster --help)", argv[1]);
			return 2;
		}
		each_network(&w);
		if (commands[i].is_gathered)
			w.status |= commands[i].run(&o, NULL);
		return w.status;
	}
	fputs(usage, is_help ? stdout : stderr);
	return is_help ? 0 : 2;
}
