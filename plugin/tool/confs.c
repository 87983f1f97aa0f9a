// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/confs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/base/log.h"
#include "pkg/base/mem.h"

/* ---- each plugin ---------------------------------------------------------------------------- */

struct walk {
	const struct tool_options *o;
	void (*fn)(const struct conf_entry *e, void *ctx);
	void *ctx;
};

static void tell_unread(const struct walk *w, struct conf_entry *e, const char *why)
{
	e->why = why;
	w->fn(e, w->ctx);
}

static void each_in(const struct walk *w, struct conf_entry *e, const struct json *root)
{
	struct json name = json_get(root, "name"), plugins = json_get(root, "plugins");
	size_t count = 0;

	json_str(&name, &e->network, NULL);
	if (!e->network || (w->o->network && strcmp(e->network, w->o->network) != 0))
		return;
	e->root = root;
	e->plugin = root;
	if (!json_present(&plugins))
		w->fn(e, w->ctx);
	json_array(&plugins, &count, NULL);
	for (size_t i = 0; i < count; i++) {
		struct json plugin = json_at(&plugins, i);
		struct conf_entry one = *e;

		one.plugin = &plugin;
		w->fn(&one, w->ctx);
	}
}

static void read_file(const struct walk *w, const char *path)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct conf_entry e = { .file = path };
	cleanup_free char *text = NULL;
	struct err err = { 0 };
	cJSON *doc = NULL;
	struct json root;
	size_t len = 0;
	int rc = fd < 0 ? -errno : file_read_all(fd, JSON_TEXT_MAX, &text, &len);

	if (rc < 0)
		err_errno(&err, CNI_ERR_IO, rc, "%s", path);
	else
		rc = json_parse(text, len, path, &doc, &err);
	if (rc < 0) {
		tell_unread(w, &e, err.msg);
		return;
	}
	root = json_root(doc);
	each_in(w, &e, &root);
	cJSON_Delete(doc);
}

static int is_conf(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && (strcmp(dot, ".conf") == 0 || strcmp(dot, ".conflist") == 0 ||
		       strcmp(dot, ".json") == 0);
}

void confs_each_plugin(const struct tool_options *o,
		       void (*fn)(const struct conf_entry *e, void *ctx), void *ctx)
{
	const struct walk w = { o, fn, ctx };
	struct dirent **entries = NULL;
	int n = scandir(o->conf_dir, &entries, is_conf, alphasort);

	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", o->conf_dir, entries[i]->d_name);
		read_file(&w, path);
		free(entries[i]);
	}
	free(entries);
}

bool confs_is_ours(const struct json *plugin)
{
	struct json type = json_get(plugin, "type");
	const char *text = "";

	json_str(&type, &text, NULL);
	return strcmp(text, "ipvlan") == 0;
}

char *confs_merge(const struct json *root, const struct json *plugin)
{
	static const char *const keys[] = { "name", "cniVersion" };
	cJSON *doc = mem_must(cJSON_Duplicate(plugin->node, true));
	char *text;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct json of_list = json_get(root, keys[i]);

		if (!json_present(&of_list))
			continue;
		cJSON_DeleteItemFromObject(doc, keys[i]);
		cJSON_AddItemToObject(doc, keys[i], cJSON_Duplicate(of_list.node, true));
	}
	text = mem_must(cJSON_PrintUnformatted(doc));
	cJSON_Delete(doc);
	return text;
}

/* ---- its addresses -------------------------------------------------------------------------- */

int confs_parse(const struct conf_entry *e, bool is_ours, struct conf *conf, struct err *err)
{
	const struct cni_env env = { .verb = CNI_STATUS, .args = "" };

	*conf = (struct conf){ .version = CNI_1_1_0, .name = e->network, .ipam.is_ours = is_ours };
	return conf_ipam_parse(conf, e->plugin, &env, err);
}

void confs_free(struct conf *conf)
{
	conf_ipam_free(&conf->ipam);
	cni_args_free(&conf->args);
}

struct local {
	const char *data_dir;
	void (*fn)(const struct conf *conf, const char *file, void *ctx);
	void *ctx;
};

static void use_local(const struct conf_entry *e, void *ctx)
{
	const struct local *l = ctx;
	struct err err = { 0 };
	struct conf conf;

	if (!e->plugin) {
		log_warn("%s", e->why);
		return;
	}
	if (confs_parse(e, false, &conf, &err) < 0)
		log_warn("%s: %s", e->file, err.msg);
	else if (conf.ipam.kind == IPAM_HOST_LOCAL && strcmp(conf.ipam.data_dir, l->data_dir) == 0)
		l->fn(&conf, e->file, l->ctx);
	confs_free(&conf);
}

void confs_each_local(const struct tool_options *o,
		      void (*fn)(const struct conf *conf, const char *file, void *ctx), void *ctx)
{
	struct local l = { o->data_dir, fn, ctx };

	confs_each_plugin(o, use_local, &l);
}
