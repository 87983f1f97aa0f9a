// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/networks.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/netns/netns.h"

#define CONF_DIR_DEFAULT "/etc/cni/net.d"

int networks_options(int argc, char **argv, const char *usage, struct tool_options *o)
{
	static const struct option options[] = {
		{ "data-dir", required_argument, NULL, 'd' },
		{ "conf-dir", required_argument, NULL, 'c' },
		{ "network", required_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "force", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*o = (struct tool_options){ .data_dir = STORE_DIR_DEFAULT, .conf_dir = CONF_DIR_DEFAULT };
	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'd':
			o->data_dir = optarg;
			break;
		case 'c':
			o->conf_dir = optarg;
			break;
		case 'n':
			o->network = optarg;
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

/* A network's name begins with a letter or digit: what begins otherwise is something else. */
static int is_network(const struct dirent *entry)
{
	return cni_id_is_valid(entry->d_name) &&
	       (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

char **networks_list(const struct tool_options *o)
{
	struct dirent **entries = NULL;
	char **names;
	int n = 0;

	if (o->network)
		return mem_strs((const char *const[]){ o->network, NULL });
	n = scandir(o->data_dir, &entries, is_network, alphasort);
	names = mem_new((size_t)(n > 0 ? n : 0) + 1, sizeof(*names));
	for (int i = 0; i < n; i++) {
		names[i] = mem_str(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return names;
}

void networks_open(struct node *n)
{
	int fd;

	*n = (struct node){ .home_fd = -1, .home.fd = -1 };
	if (netns_open_self(&n->home_fd, NULL) == 0 &&
	    netns_socket(n->home_fd, n->home_fd, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &fd, NULL) ==
		    0)
		nl_open(&n->home, fd);
	lifetime_open(&n->lifetime, &n->home, -1, NULL);
}

void networks_close(struct node *n)
{
	nl_close(&n->home);
	if (n->home_fd >= 0)
		close(n->home_fd);
}

bool networks_open_store(const struct tool_options *o, struct node *n, const char *network,
			 struct store **s)
{
	struct err err = { 0 };

	if (store_dir_open(o->data_dir, network, false, s, &err) < 0)
		log_warn("%s", err.msg);
	else if (!*s)
		log_warn("ipam: there is no network %s in %s", network, o->data_dir);
	if (!*s)
		return false;
	(*s)->terms = (struct terms){ .is_gone = lifetime_is_over, .ctx = &n->lifetime };
	return true;
}

/* ---- reservations -------------------------------------------------------------------------- */

struct reading {
	const char *network;
	struct listing *listing;
};

static int append(const struct reservation *r, void *ctx)
{
	const struct reading *reading = ctx;
	struct listing *l = reading->listing;

	l->v = mem_resize(l->v, l->count + 1, sizeof(*l->v));
	l->v[l->count++] = (struct listed){
		.network = reading->network,
		.ip = r->ip,
		.container_id = mem_str(r->owner->container_id),
		.ifname = mem_str(r->owner->ifname),
		.facts = *r->facts,
		.since_s = r->since_s,
		.state = r->is_foreign ? "foreign" :
			 r->is_resting ? "resting" :
			 r->why_stale  ? "stale" :
					 "held",
		.why = r->why_stale ? r->why_stale : "",
	};
	return 0;
}

static int by_address(const void *a, const void *b)
{
	return ip_cmp(&((const struct listed *)a)->ip, &((const struct listed *)b)->ip);
}

bool networks_read(struct store *s, const char *network, struct listing *l)
{
	struct reading reading = { network, l };
	struct err err = { 0 };
	size_t before = l->count;

	if (store_dir_each(s, append, &reading, &err) < 0) {
		log_warn("%s", err.msg);
		return false;
	}
	if (l->count)
		qsort(l->v + before, l->count - before, sizeof(*l->v), by_address);
	return true;
}

void networks_forget(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->v[i].container_id);
		free(l->v[i].ifname);
	}
	free(l->v);
	*l = (struct listing){ 0 };
}

/* ---- configurations ------------------------------------------------------------------------ */

struct conf_use {
	const struct tool_options *o;
	void (*fn)(const struct conf *conf, const char *file, void *ctx);
	void *ctx;
	const char *file;
};

/* One plugin of a list, or one that stands alone; its network's name is the list's. */
static void use_plugin(const struct conf_use *use, const char *name, const struct json *plugin)
{
	const struct cni_env env = { .verb = CNI_STATUS, .args = "" };
	struct conf conf = { .version = CNI_1_1_0, .name = name };
	struct err err = { 0 };

	if (conf_ipam_parse(&conf, plugin, &env, &err) < 0)
		log_warn("%s: %s", use->file, err.msg);
	else if (conf.ipam.kind == IPAM_HOST_LOCAL &&
		 strcmp(conf.ipam.data_dir, use->o->data_dir) == 0 &&
		 (!use->o->network || strcmp(name, use->o->network) == 0))
		use->fn(&conf, use->file, use->ctx);
	conf_ipam_free(&conf.ipam);
	cni_args_free(&conf.args);
}

static void use_file(const struct conf_use *use, const char *text, size_t len)
{
	struct json root, name, plugins, plugin;
	const char *network = NULL;
	struct err err = { 0 };
	size_t count = 0;
	cJSON *doc = NULL;

	if (json_parse(text, len, use->file, &doc, &err) < 0) {
		log_warn("%s", err.msg);
		return;
	}
	root = json_root(doc);
	name = json_get(&root, "name");
	plugins = json_get(&root, "plugins");
	json_str(&name, &network, NULL);
	json_array(&plugins, &count, NULL);
	for (size_t i = 0; network && i < count; i++) {
		plugin = json_at(&plugins, i);
		use_plugin(use, network, &plugin);
	}
	if (network && !json_present(&plugins))
		use_plugin(use, network, &root);
	cJSON_Delete(doc);
}

static int is_conf(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && (strcmp(dot, ".conf") == 0 || strcmp(dot, ".conflist") == 0 ||
		       strcmp(dot, ".json") == 0);
}

void networks_each_conf(const struct tool_options *o,
			void (*fn)(const struct conf *conf, const char *file, void *ctx), void *ctx)
{
	struct conf_use use = { .o = o, .fn = fn, .ctx = ctx };
	struct dirent **entries = NULL;
	int n = scandir(o->conf_dir, &entries, is_conf, alphasort);

	for (int i = 0; i < n; i++) {
		char path[4096], *text = NULL;
		size_t len = 0;
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", o->conf_dir, entries[i]->d_name);
		use.file = path;
		f = fopen(path, "re");
		if (!f || getdelim(&text, &len, '\0', f) < 0)
			log_warn("%s: %s", path, strerror(errno));
		else
			use_file(&use, text, strlen(text));
		if (f)
			fclose(f);
		free(text);
		free(entries[i]);
	}
	free(entries);
}

char *networks_time(int64_t s, bool is_utc, char buf[static TIME_TEXT_MAX])
{
	time_t t = s;
	struct tm tm;

	buf[0] = '\0';
	if (s && (is_utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)))
		strftime(buf, TIME_TEXT_MAX, is_utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M", &tm);
	return buf;
}
