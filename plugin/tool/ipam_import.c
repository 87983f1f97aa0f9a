// SPDX-License-Identifier: GPL-2.0-or-later
/* Reserves what an export has. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/cni/env.h"
#include "plugin/tool/ipam.h"

struct entry {
	const char *network, *state, *facts;
	struct ip ip;
	struct owner owner;
};

static int read_entry(const struct json *j, struct entry *e, struct err *err)
{
	struct json network = json_get(j, "network"), address = json_get(j, "address");
	struct json id = json_get(j, "containerID"), ifname = json_get(j, "ifname");
	struct json state = json_get(j, "state"), facts = json_get(j, "facts");
	int rc;

	*e = (struct entry){ .network = "", .state = "held", .facts = "", .owner = { "", "" } };
	rc = json_object(j, err);
	if (rc == 0)
		rc = json_str(&network, &e->network, err);
	if (rc == 0)
		rc = json_ip(&address, &e->ip, err);
	if (rc == 0)
		rc = json_str(&id, &e->owner.container_id, err);
	if (rc == 0)
		rc = json_str(&ifname, &e->owner.ifname, err);
	if (rc == 0)
		rc = json_str(&state, &e->state, err);
	if (rc == 0)
		rc = json_str(&facts, &e->facts, err);
	if (rc == 0 && (!ip_is_set(&e->ip) || !cni_id_is_valid(e->network) ||
			(!cni_id_is_valid(e->owner.container_id) && e->owner.container_id[0])))
		rc = json_refuse(j, CNI_ERR_CONFIG, err,
				 "expected an address, a network and a container id");
	return rc;
}

static int note(const struct ip *ip, void *ctx)
{
	return ip_cmp(ip, ctx) == 0 ? 1 : 0;
}

/* 1 reserved, 0 there already, -1 another has it (told), or failed (told). */
static int reserve(const struct tool_options *o, const struct entry *e)
{
	struct store *s = NULL;
	struct err err = { 0 };
	struct facts facts;
	char address[IP_STR_MAX];
	struct ip ip = e->ip;
	int rc = store_dir_open(o->data_dir, e->network, true, &s, &err);

	facts_parse(e->facts, &facts);
	if (rc == 0) {
		s->terms.facts = e->facts[0] ? &facts : NULL;
		rc = s->ops->reserve(s, &ip, &e->owner, &err);
		if (rc == -EEXIST && s->ops->held(s, &e->owner, note, &ip, &err) == 1)
			rc = 1;
		s->ops->close(s);
	}
	if (rc >= 0)
		return rc == 0;
	if (rc == -EEXIST)
		log_warn("%s in network %s: another attachment has it, it was to be %s's of %s",
			 ip_format(&ip, address), e->network, e->owner.ifname,
			 e->owner.container_id);
	else
		log_warn("%s", err.msg);
	return -1;
}

static int import(const struct tool_options *o, const struct json *root, struct err *err)
{
	struct json list = json_get(root, "reservations");
	size_t count = 0, done = 0, there = 0, failed = 0;
	int rc = json_array(&list, &count, err);

	/* All of it is looked at before anything is done. */
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json item = json_at(&list, i);
		struct entry e;

		rc = read_entry(&item, &e, err);
	}
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		struct json item = json_at(&list, i);
		struct entry e;

		read_entry(&item, &e, NULL);
		if (strcmp(e.state, "resting") == 0 || !e.owner.container_id[0] ||
		    (o->network && strcmp(o->network, e.network) != 0))
			continue;
		rc = reserve(o, &e);
		*(rc > 0 ? &done : rc == 0 ? &there : &failed) += 1;
	}
	printf("%zu reserved, %zu there already, %zu refused\n", done, there, failed);
	return failed ? 1 : 0;
}

int ipam_import(const struct tool_options *o, struct node *n)
{
	struct err err = { 0 };
	cJSON *doc = NULL;
	struct json root;
	int rc = options_document(o, &doc, &err);

	(void)n;
	if (rc == 0) {
		root = json_root(doc);
		rc = import(o, &root, &err);
	}
	if (rc < 0)
		log_warn("%s", err.msg);
	cJSON_Delete(doc);
	return rc != 0;
}
