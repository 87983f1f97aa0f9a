// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/doctor_confs.h"

#include <stdlib.h>
#include <string.h>
#include "pkg/base/mem.h"
#include "plugin/steps.h"
#include "plugin/tool/confs.h"

static const struct cni_env env = { .verb = CNI_STATUS,
				    .args = "",
				    .container_id = "",
				    .ifname = "",
				    .netns = "",
				    .path = "" };

/* The step of ADD itself looks, so that what it says is what ADD would say. */
static void find_master(struct configured *c, const struct node *n)
{
	struct attach a = { .conf = &c->conf,
			    .env = &env,
			    .home_fd = n->home_fd,
			    .netns_fd = -1,
			    .home = n->home,
			    .pod.fd = -1 };

	if (c->conf.link_in_container || (!c->conf.masters && c->place > 0))
		return; /* in a container, or the interface of the plugin before */
	step_master.apply(&a, &c->no_master);
	c->master = a.master;
}

static void parse(struct configured *c, const struct conf_entry *e, const struct node *n)
{
	char *text = confs_merge(e->root, e->plugin);

	c->is_ours = true;
	if (conf_parse(&c->conf, text, strlen(text), &env, &c->refused) == 0)
		find_master(c, n);
	free(text);
}

static void note(const struct conf_entry *e, void *ctx)
{
	struct doctor *d = ctx;
	struct configured *c;
	struct json root, type;

	d->confs = mem_resize(d->confs, d->n_confs + 1, sizeof(*d->confs));
	c = &d->confs[d->n_confs++];
	*c = (struct configured){ .file = mem_str(e->file),
				  .network = mem_str(e->network),
				  .type = "",
				  .unread = mem_str(e->why) };
	if (!e->plugin || !cJSON_IsObject(e->plugin->node))
		return;
	if (d->n_confs > 1 && d->confs[d->n_confs - 2].doc && e->plugin != e->root &&
	    strcmp(d->confs[d->n_confs - 2].file, c->file) == 0)
		c->place = d->confs[d->n_confs - 2].place + 1;
	c->doc = mem_must(cJSON_Duplicate(e->plugin->node, true));
	root = json_root(c->doc);
	type = json_get(&root, "type");
	json_str(&type, &c->type, NULL);
	if (confs_is_ours(e->plugin))
		parse(c, e, d->node);
}

void doctor_confs_read(struct doctor *d)
{
	confs_each_plugin(d->o, note, d);
}

void doctor_confs_free(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++) {
		struct configured *c = &d->confs[i];

		if (c->is_ours)
			conf_free(&c->conf);
		cJSON_Delete(c->doc);
		free(c->file);
		free(c->network);
		free(c->unread);
	}
	free(d->confs);
}

bool doctor_has_master(const struct configured *c)
{
	return c->is_ours && !err_is_set(&c->refused) && c->master.ifindex;
}

const char *doctor_file(const struct configured *c)
{
	const char *slash = strrchr(c->file, '/');

	return slash ? slash + 1 : c->file;
}
