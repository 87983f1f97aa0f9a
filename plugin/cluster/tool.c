// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/cluster/tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/base/log.h"
#include "pkg/netns/netns.h"
#include "plugin/lifetime.h"

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
	const struct cluster_options *o;
	cluster_command *run;
	const char *file;
	int status;
	size_t n_networks;
};

static void run_on(struct walk *w, const struct conf *conf, const struct json *plugin)
{
	struct cluster_network n = { .file = w->file, .name = conf->name, .conf = conf };
	struct lifetime life = { 0 };
	struct nl home = { .fd = -1 };
	struct cluster_keys keys;
	struct err err = { 0 };
	int fd, rc = cluster_conf_parse(plugin, conf, &keys, &err);
	cleanup_fd int home_fd = -1;

	if (netns_open_self(&home_fd, NULL) == 0 &&
	    netns_socket(home_fd, home_fd, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &fd, NULL) == 0)
		nl_open(&home, fd);
	lifetime_open(&life, &home, -1, NULL);
	n.keys = &keys;
	if (rc == 0)
		rc = store_etcd_open(&keys.conf, conf->name, false, &n.store, &err);
	if (rc < 0) {
		log_warn("%s: %s", w->file, err.msg);
		w->status = 1;
	} else {
		n.store->terms = (struct terms){ .is_gone = lifetime_is_over, .ctx = &life };
		w->status |= w->run(w->o, &n);
		n.store->ops->close(n.store);
		w->n_networks++;
	}
	nl_close(&home);
	cluster_conf_free(&keys);
}

static void use_plugin(struct walk *w, const char *name, const struct json *plugin)
{
	const struct cni_env env = { .verb = CNI_STATUS, .args = "" };
	struct conf conf = { .version = CNI_1_1_0, .name = name, .ipam.is_ours = true };
	struct json ipam = json_get(plugin, "ipam"), type = json_get(&ipam, "type");
	const char *text = "";
	struct err err = { 0 };

	json_str(&type, &text, NULL);
	if (strcmp(text, CLUSTER_TYPE) != 0 || (w->o->network && strcmp(w->o->network, name) != 0))
		return;
	if (conf_ipam_parse(&conf, plugin, &env, &err) == 0) {
		run_on(w, &conf, plugin);
	} else {
		log_warn("%s: %s", w->file, err.msg);
		w->status = 1;
	}
	conf_ipam_free(&conf.ipam);
	cni_args_free(&conf.args);
}

static void use_file(struct walk *w, const char *text, size_t len)
{
	struct json root, name, plugins;
	const char *network = NULL;
	struct err err = { 0 };
	size_t count = 0;
	cJSON *doc = NULL;

	if (json_parse(text, len, w->file, &doc, &err) < 0) {
		log_warn("%s", err.msg);
		return;
	}
	root = json_root(doc);
	name = json_get(&root, "name");
	plugins = json_get(&root, "plugins");
	json_str(&name, &network, NULL);
	json_array(&plugins, &count, NULL);
	for (size_t i = 0; network && i < count; i++) {
		struct json plugin = json_at(&plugins, i);

		use_plugin(w, network, &plugin);
	}
	if (network && !json_present(&plugins))
		use_plugin(w, network, &root);
	cJSON_Delete(doc);
}

static int is_conf(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && (strcmp(dot, ".conf") == 0 || strcmp(dot, ".conflist") == 0 ||
		       strcmp(dot, ".json") == 0);
}

static int each_network(struct walk *w)
{
	struct dirent **entries = NULL;
	int n = scandir(w->o->conf_dir, &entries, is_conf, alphasort);

	for (int i = 0; i < n; i++) {
		cleanup_free char *text = NULL;
		char path[4096];
		size_t len;
		cleanup_fd int fd = -1;

		snprintf(path, sizeof(path), "%s/%s", w->o->conf_dir, entries[i]->d_name);
		w->file = path;
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && file_read_all(fd, JSON_TEXT_MAX, &text, &len) == 0)
			use_file(w, text, len);
		else
			log_warn("%s: %s", path, strerror(errno));
		free(entries[i]);
	}
	free(entries);
	if (!w->n_networks && !w->status) {
		log_warn("no configuration in %s has ipam.type \"" CLUSTER_TYPE "\"%s%s",
			 w->o->conf_dir, w->o->network ? " and the name " : "",
			 w->o->network ?: "");
		w->status = 1;
	}
	return w->status;
}

/* ---- the command line ----------------------------------------------------------------------- */

/* 0, or the exit status + 1. */
static int read_options(int argc, char **argv, struct cluster_options *o)
{
	static const struct option options[] = {
		{ "network", required_argument, NULL, 'n' },
		{ "conf-dir", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "force", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*o = (struct cluster_options){ .conf_dir = "/etc/cni/net.d" };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'n':
			o->network = optarg;
			break;
		case 'c':
			o->conf_dir = optarg;
			break;
		case 'j':
			o->is_json = true;
			break;
		case 'f':
			o->is_forced = true;
			break;
		default:
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? 1 : 3;
		}
	o->args = argv + optind;
	o->n_args = argc - optind;
	return 0;
}

int cluster_tool(int argc, char **argv)
{
	bool is_help = argc > 1 && strcmp(argv[1], "--help") == 0;
	struct cluster_options o;

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++) {
		struct walk w = { .o = &o, .run = commands[i].run };
		int rc;

		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		rc = read_options(argc - 1, argv + 1, &o);
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
