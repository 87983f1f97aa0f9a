// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing, freeing, bringing over. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "pkg/base/log.h"
#include "plugin/cluster/tool.h"

static int complain(const struct cluster_network *n, const struct err *err)
{
	log_warn("network %s: %s", n->name, err->msg);
	return 1;
}

/* ---- free ---------------------------------------------------------------------------------- */

struct finding {
	struct ip ip;
	char who[512];
};

static int find(const struct cluster_record *r, void *ctx)
{
	struct finding *f = ctx;

	if (ip_cmp(&r->ip, &f->ip) == 0 && !r->is_resting)
		snprintf(f->who, sizeof(f->who), "%s of container %s on node %s", r->owner.ifname,
			 r->owner.container_id, r->node);
	return f->who[0] != '\0';
}

static int free_one(const struct tool_options *o, struct cluster_network *n, const char *text)
{
	struct finding f = { .who = "" };
	struct err err = { 0 };
	int rc;

	if (ip_parse(text, &f.ip) < 0) {
		log_warn("%s: not an IP address", text);
		return 2;
	}
	if (store_etcd_each(n->store, find, &f, &err) < 0)
		return complain(n, &err);
	if (f.who[0] && !o->is_forced) {
		log_warn("%s in network %s is held by %s; with --force it is freed all the same",
			 text, n->name, f.who);
		return 1;
	}
	rc = store_etcd_free(n->store, &f.ip, &err);
	if (rc < 0 && rc != -ENOENT)
		return complain(n, &err);
	printf("%s in network %s: %s\n", text, n->name, rc == -ENOENT ? "nobody holds it" : "free");
	return 0;
}

int cluster_free(const struct tool_options *o, struct cluster_network *n)
{
	int status = 0;

	for (int i = 0; i < o->n_args; i++)
		status |= free_one(o, n, o->args[i]);
	return status;
}

int cluster_gc(const struct tool_options *o, struct cluster_network *n)
{
	struct err err = { 0 };
	size_t freed = 0;

	(void)o;
	if (store_etcd_bury(n->store, &freed, &err) < 0)
		return complain(n, &err);
	printf("%s: %zu freed\n", n->name, freed);
	return 0;
}

/* ---- check --------------------------------------------------------------------------------- */

static int tell(const char *what, void *ctx)
{
	const struct cluster_network *n = ctx;

	printf("%s: %s\n", n->name, what);
	return 0;
}

int cluster_check(const struct tool_options *o, struct cluster_network *n)
{
	struct err err = { 0 };
	size_t differ = 0;

	(void)o;
	if (store_etcd_compare(n->store, tell, n, &differ, &err) < 0)
		return complain(n, &err);
	if (!differ)
		printf("%s: no difference\n", n->name);
	return differ > 0;
}

/* ---- import -------------------------------------------------------------------------------- */

static int read_record(const struct json *j, struct cluster_record *r, const char **network,
		       struct err *err)
{
	struct {
		const char *key;
		const char **out;
	} texts[] = {
		{ "network", network },
		{ "node", &r->node },
		{ "containerID", &r->owner.container_id },
		{ "ifname", &r->owner.ifname },
	};
	struct json address = json_get(j, "address"), facts = json_get(j, "facts");
	struct json state = json_get(j, "state"), since = json_get(j, "since");
	const char *fact_text = "", *state_text = "held", *since_text = "";
	struct tm tm = { 0 };
	int rc = json_object(j, err);

	*r = (struct cluster_record){ .node = "", .owner = { "", "" } };
	for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(*texts); i++) {
		struct json item = json_get(j, texts[i].key);

		rc = json_str(&item, texts[i].out, err);
	}
	if (rc == 0)
		rc = json_ip(&address, &r->ip, err);
	if (rc == 0)
		rc = json_str(&facts, &fact_text, err);
	if (rc == 0)
		rc = json_str(&state, &state_text, err);
	if (rc == 0)
		rc = json_str(&since, &since_text, err);
	if (rc < 0)
		return rc;
	if (strptime(since_text, "%Y-%m-%dT%H:%M:%SZ", &tm))
		r->since_s = timegm(&tm);
	facts_parse(fact_text, &r->facts);
	r->is_resting = strcmp(state_text, "resting") == 0;
	if (!ip_is_set(&r->ip) || (!r->is_resting && (!cni_id_is_valid(r->owner.container_id) ||
						      strchr(r->owner.ifname, '/') ||
						      (r->node[0] && !cni_id_is_valid(r->node)))))
		return json_refuse(j, CNI_ERR_CONFIG, err,
				   "expected an address, a container id and names");
	return 0;
}

static int import(struct cluster_network *n, const struct json *root, struct err *err)
{
	struct json list = json_get(root, "reservations");
	size_t count = 0, done = 0, there = 0, refused = 0;
	struct cluster_record r;
	const char *network;
	int rc = json_array(&list, &count, err);

	/* All of it is looked at before anything is done. */
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json item = json_at(&list, i);

		network = n->name;
		rc = read_record(&item, &r, &network, err);
	}
	for (size_t i = 0; rc >= 0 && i < count; i++) {
		struct json item = json_at(&list, i);
		char address[IP_STR_MAX];

		network = n->name;
		read_record(&item, &r, &network, NULL);
		if (r.is_resting || strcmp(network, n->name) != 0)
			continue;
		rc = store_etcd_import(n->store, &r, err);
		if (rc == -EEXIST) {
			log_warn(
				"%s in network %s: another attachment has it, it was to be %s's of %s",
				ip_format(&r.ip, address), n->name, r.owner.ifname,
				r.owner.container_id);
			refused++;
			rc = 0;
			continue;
		}
		done += rc > 0;
		there += rc == 0;
	}
	printf("%s: %zu reserved, %zu there already, %zu refused\n", n->name, done, there, refused);
	return rc < 0 ? rc : refused > 0;
}

int cluster_import(const struct tool_options *o, struct cluster_network *n)
{
	struct err err = { 0 };
	cJSON *doc = NULL;
	struct json root;
	int rc = options_document(o, &doc, &err);

	if (rc == 0) {
		root = json_root(doc);
		rc = import(n, &root, &err);
	}
	if (rc < 0)
		log_warn("%s", err.msg);
	cJSON_Delete(doc);
	return rc != 0;
}
