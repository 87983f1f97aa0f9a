// SPDX-License-Identifier: GPL-2.0-or-later
/* Every reservation, for people or programs. */
#include <stdio.h>
#include <stdlib.h>
#include "pkg/cni/json_out.h"
#include "pkg/base/mem.h"
#include "plugin/tool/columns.h"
#include "plugin/tool/ipam.h"

#define REASON_MAX 128

/* Why it is in its state, or "". */
static const char *reason(const struct listed *r, char buf[static REASON_MAX])
{
	if (!r->facts.in_use_by[0])
		return r->why;
	snprintf(buf, REASON_MAX, "in use by %s", r->facts.in_use_by);
	return buf;
}

static void put_row(struct columns *c, const struct listed *r)
{
	char text[TIME_TEXT_MAX], address[IP_STR_MAX], buf[REASON_MAX];
	const char *why = reason(r, buf);

	columns_put(c, "%s", r->network);
	columns_put(c, "%s", ip_format(&r->ip, address));
	columns_put(c, "%s%s%s", r->state, why[0] ? ": " : "", why);
	columns_put(c, "%s", networks_time(r->since_s, false, text));
	columns_put(c, "%.13s", r->container_id);
	columns_put(c, "%s", r->ifname);
	columns_put(c, "%s%s%s", r->facts.pod_namespace, r->facts.pod_namespace[0] ? "/" : "",
		    r->facts.pod_name);
}

void ipam_put_json(struct json_out *out, const struct listed *r, bool is_whole)
{
	char text[TIME_TEXT_MAX], address[IP_STR_MAX], facts[FACTS_MAX], buf[REASON_MAX];
	const char *why = reason(r, buf);

	json_out_object(out, NULL);
	json_out_str(out, "network", r->network);
	json_out_str(out, "address", ip_format(&r->ip, address));
	json_out_str(out, "state", r->state);
	if (why[0])
		json_out_str(out, "reason", why);
	json_out_str(out, "since", networks_time(r->since_s, true, text));
	json_out_str(out, "containerID", r->container_id);
	json_out_str(out, "ifname", r->ifname);
	json_out_str(out, "podNamespace", r->facts.pod_namespace);
	json_out_str(out, "podName", r->facts.pod_name);
	json_out_str(out, "netns", r->facts.netns);
	if (is_whole)
		json_out_str(out, "facts", facts_format(&r->facts, facts));
	json_out_end(out);
}

static void print_json(const struct listing *l, bool is_whole)
{
	struct json_out out;

	json_out_open(&out);
	json_out_array(&out, "reservations");
	for (size_t i = 0; i < l->count; i++)
		ipam_put_json(&out, &l->v[i], is_whole);
	json_out_end(&out);
	json_out_print(&out);
}

static void print_table(const struct listing *l)
{
	static const char *const heads[] = { "NETWORK",	  "ADDRESS",   "STATE", "SINCE",
					     "CONTAINER", "INTERFACE", "POD",	NULL };
	struct columns c;

	columns_open(&c, heads);
	for (size_t i = 0; i < l->count; i++)
		put_row(&c, &l->v[i]);
	columns_print(&c);
}

int ipam_list(const struct tool_options *o, struct node *n)
{
	struct listing l;
	bool is_whole = networks_read_all(o, n, &l);

	if (o->is_json)
		print_json(&l, false);
	else
		print_table(&l);
	networks_forget(&l);
	return is_whole ? 0 : 1;
}

int ipam_export(const struct tool_options *o, struct node *n)
{
	struct listing l;
	bool is_whole = networks_read_all(o, n, &l);

	print_json(&l, true);
	networks_forget(&l);
	return is_whole ? 0 : 1;
}
