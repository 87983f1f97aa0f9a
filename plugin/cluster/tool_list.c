// SPDX-License-Identifier: GPL-2.0-or-later
/* Who holds what, on all nodes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/cni/json_out.h"
#include "plugin/cluster/tool.h"
#include "plugin/tool/columns.h"
#include "plugin/tool/networks.h"

struct row {
	char *network, *node, *container_id, *ifname;
	struct facts facts;
	struct ip ip;
	int64_t since_s;
	bool is_resting;
};

static struct {
	struct row *v;
	size_t n;
} rows;

static int note_row(const struct cluster_record *r, void *ctx)
{
	const struct cluster_network *n = ctx;

	rows.v = mem_resize(rows.v, rows.n + 1, sizeof(*rows.v));
	rows.v[rows.n++] = (struct row){
		.network = mem_str(n->name),
		.node = mem_str(r->node),
		.container_id = mem_str(r->owner.container_id),
		.ifname = mem_str(r->owner.ifname),
		.facts = r->facts,
		.ip = r->ip,
		.since_s = r->since_s,
		.is_resting = r->is_resting,
	};
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strcmp(x->network, y->network);

	return order ? order : ip_cmp(&x->ip, &y->ip);
}

static int gather(struct cluster_network *n)
{
	struct err err = { 0 };

	if (store_etcd_each(n->store, note_row, n, &err) == 0)
		return 0;
	log_warn("network %s: %s", n->name, err.msg);
	return 1;
}

static void forget(void)
{
	for (size_t i = 0; i < rows.n; i++) {
		free(rows.v[i].network);
		free(rows.v[i].node);
		free(rows.v[i].container_id);
		free(rows.v[i].ifname);
	}
	free(rows.v);
	rows.v = NULL;
	rows.n = 0;
}

static void print_json(void)
{
	char text[FACTS_MAX], since[TIME_TEXT_MAX];
	struct json_out out;

	json_out_open(&out);
	json_out_array(&out, "reservations");
	for (size_t i = 0; i < rows.n; i++) {
		const struct row *r = &rows.v[i];
		char address[IP_STR_MAX];

		json_out_object(&out, NULL);
		json_out_str(&out, "network", r->network);
		json_out_str(&out, "address", ip_format(&r->ip, address));
		json_out_str(&out, "node", r->node);
		json_out_str(&out, "state", r->is_resting ? "resting" : "held");
		json_out_str(&out, "since", networks_time(r->since_s, true, since));
		json_out_str(&out, "containerID", r->container_id);
		json_out_str(&out, "ifname", r->ifname);
		json_out_str(&out, "podNamespace", r->facts.pod_namespace);
		json_out_str(&out, "podName", r->facts.pod_name);
		json_out_str(&out, "facts", facts_format(&r->facts, text));
		json_out_end(&out);
	}
	json_out_end(&out);
	json_out_print(&out);
}

static void print_table(void)
{
	static const char *const heads[] = { "NETWORK",	  "ADDRESS",   "NODE", "STATE", "SINCE",
					     "CONTAINER", "INTERFACE", "POD",  NULL };
	char address[IP_STR_MAX], since[TIME_TEXT_MAX];
	struct columns c;

	columns_open(&c, heads);
	for (size_t i = 0; i < rows.n; i++) {
		const struct row *r = &rows.v[i];

		columns_put(&c, "%s", r->network);
		columns_put(&c, "%s", ip_format(&r->ip, address));
		columns_put(&c, "%s", r->node);
		columns_put(&c, "%s", r->is_resting ? "resting" : "held");
		columns_put(&c, "%s", networks_time(r->since_s, false, since));
		columns_put(&c, "%.13s", r->container_id);
		columns_put(&c, "%s", r->ifname);
		columns_put(&c, "%s%s%s", r->facts.pod_namespace,
			    r->facts.pod_namespace[0] ? "/" : "", r->facts.pod_name);
	}
	columns_print(&c);
}

int cluster_list(const struct tool_options *o, struct cluster_network *n)
{
	if (n)
		return gather(n);
	qsort(rows.v, rows.n, sizeof(*rows.v), by_address);
	if (o->is_json)
		print_json();
	else
		print_table();
	forget();
	return 0;
}

int cluster_export(const struct tool_options *o, struct cluster_network *n)
{
	const struct tool_options json = { .is_json = true };

	(void)o;
	return cluster_list(&json, n);
}

/* ---- how full ------------------------------------------------------------------------------ */

static struct columns fill;

static size_t count_in(const struct range_set *set, bool is_resting)
{
	size_t count = 0;

	for (size_t i = 0; i < rows.n; i++)
		count += rows.v[i].is_resting == is_resting && range_set_find(set, &rows.v[i].ip);
	return count;
}

/* How many there are, as far as a double can tell: for people. */
static double room_of(const struct range_set *set)
{
	double room = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct range *r = &set->ranges[i];
		double span = 0;

		for (size_t k = 0; k < ip_size(&r->start); k++)
			span = span * 256 + r->end.bytes[k] - r->start.bytes[k];
		room += span + 1;
	}
	return room;
}

int cluster_show(const struct tool_options *o, struct cluster_network *n)
{
	static const char *const heads[] = { "NETWORK", "RANGE", "ADDRESSES", "HELD",
					     "RESTING", "FULL",	 NULL };
	char ranges[160];

	(void)o;
	if (!n) {
		if (fill.n_columns)
			columns_print(&fill);
		return 0;
	}
	if (!fill.n_columns)
		columns_open(&fill, heads);
	if (gather(n) != 0) {
		forget();
		return 1;
	}
	for (size_t i = 0; i < n->conf->ipam.n_sets; i++) {
		const struct range_set *set = &n->conf->ipam.sets[i];
		size_t held = count_in(set, false);
		double room = room_of(set);

		columns_put(&fill, "%s", n->name);
		columns_put(&fill, "%s", range_set_format(set, ranges, sizeof(ranges)));
		columns_put(&fill, "%.4g", room);
		columns_put(&fill, "%zu", held);
		columns_put(&fill, "%zu", count_in(set, true));
		columns_put(&fill, "%.0f %%", 100.0 * (double)held / room);
	}
	forget();
	return 0;
}
