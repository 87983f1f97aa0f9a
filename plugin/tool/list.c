// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ipvlan list`: every attachment of this node. What there is, the kernel says: the interfaces that
 * carry an identity of ours, in each netns that it knows an id of. Who it is for and since when,
 * the reservations add; one without an address of ours has no more than its interface.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/cni/json_out.h"
#include "pkg/datapath/datapath.h"
#include "pkg/datapath/ebpf_view.h"
#include "pkg/nl/nsid.h"
#include "plugin/tool/columns.h"
#include "plugin/tool/ipam.h"
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan list [--network NAME] [--data-dir DIR] [--json]\n"
	"\n"
	"Every attachment of this node: network, container and pod, interface, master, mode, datapath,\n"
	"addresses, since when, and how much went in and out. Run it where the plugin runs, in the\n"
	"host's netns.\n";

#define IDENTITY "cni:"

/* By eBPF the mode and the master are in its maps. */
struct served {
	char identity[LINK_ALIAS_MAX], master[IFNAMSIZ];
	uint16_t mode;
};

struct gathered {
	struct node *node;
	const struct tool_options *o;
	struct listing reservations;
	struct link *masters;
	size_t n_masters;
	struct served *served;
	size_t n_served;
	struct columns columns; /* one of the two, by o->is_json */
	struct json_out out;
};

/* An attachment as its interface names it; longer ones are told by their beginning. */
struct named {
	char network[256], container_id[256], ifname[IFNAMSIZ];
};

/* "cni:<network>:<container id>:<ifname>"; a network's name has no colon. */
static bool read_identity(const char *alias, struct named *n)
{
	const char *id, *end;

	if (strncmp(alias, IDENTITY, strlen(IDENTITY)) != 0)
		return false;
	alias += strlen(IDENTITY);
	id = strchr(alias, ':');
	end = id ? strrchr(id + 1, ':') : NULL;
	if (!end)
		return false;
	snprintf(n->network, sizeof(n->network), "%.*s", (int)(id - alias), alias);
	snprintf(n->container_id, sizeof(n->container_id), "%.*s", (int)(end - id - 1), id + 1);
	snprintf(n->ifname, sizeof(n->ifname), "%s", end + 1);
	return true;
}

static const struct served *served_of(const struct gathered *g, const char *identity)
{
	for (size_t i = 0; i < g->n_served; i++)
		if (strcmp(g->served[i].identity, identity) == 0)
			return &g->served[i];
	return NULL;
}

static const char *master_of(const struct gathered *g, const struct link *slave)
{
	const struct served *served = served_of(g, slave->alias);

	if (served)
		return served->master;
	for (size_t i = 0; slave->lower_nsid < 0 && i < g->n_masters; i++)
		if (g->masters[i].ifindex == slave->lower)
			return g->masters[i].name;
	return "";
}

/* ---- one attachment ------------------------------------------------------------------------ */

struct attachment {
	struct named name;
	const char *master, *mode, *datapath;
	const struct link *slave;
	const struct listed *first; /* of its reservations, NULL: none */
};

static bool is_its(const struct listed *r, const struct named *n)
{
	return strcmp(r->state, "resting") != 0 && strcmp(r->network, n->network) == 0 &&
	       strcmp(r->container_id, n->container_id) == 0 && strcmp(r->ifname, n->ifname) == 0;
}

/* "1.2 MiB" */
static char *size_text(uint64_t bytes, char buf[static 24])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double size = (double)bytes;
	size_t unit = 0;

	while (size >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		size /= 1024;
		unit++;
	}
	snprintf(buf, 24, unit && size < 10 ? "%.1f %s" : "%.0f %s", size, units[unit]);
	return buf;
}

static char *addresses_text(const struct gathered *g, const struct named *n)
{
	char *text = NULL, address[IP_STR_MAX];
	size_t len = 0;
	FILE *f = mem_must(open_memstream(&text, &len));

	for (size_t i = 0; i < g->reservations.count; i++)
		if (is_its(&g->reservations.v[i], n))
			fprintf(f, "%s%s", ftell(f) ? "," : "",
				ip_format(&g->reservations.v[i].ip, address));
	fclose(f);
	return mem_must(text);
}

static void put_row(struct gathered *g, const struct attachment *a)
{
	char *addresses = addresses_text(g, &a->name), time[TIME_TEXT_MAX], size[24];
	const struct facts *f = a->first ? &a->first->facts : NULL;
	struct columns *c = &g->columns;

	columns_put(c, "%s", a->name.network);
	columns_put(c, "%.13s", a->name.container_id);
	columns_put(c, "%s%s%s", f ? f->pod_namespace : "", f && f->pod_namespace[0] ? "/" : "",
		    f ? f->pod_name : "");
	columns_put(c, "%s", a->name.ifname);
	columns_put(c, "%s", a->master);
	columns_put(c, "%s", a->mode);
	columns_put(c, "%s", a->datapath);
	columns_put(c, "%s", addresses);
	columns_put(c, "%s", networks_time(a->first ? a->first->since_s : 0, false, time));
	columns_put(c, "%s", size_text(a->slave->rx_bytes, size));
	columns_put(c, "%s", size_text(a->slave->tx_bytes, size));
	free(addresses);
}

static void put_json(struct gathered *g, const struct attachment *a)
{
	char time[TIME_TEXT_MAX], address[IP_STR_MAX];
	struct json_out *out = &g->out;

	json_out_object(out, NULL);
	json_out_str(out, "network", a->name.network);
	json_out_str(out, "containerID", a->name.container_id);
	json_out_str(out, "ifname", a->name.ifname);
	json_out_str(out, "podNamespace", a->first ? a->first->facts.pod_namespace : "");
	json_out_str(out, "podName", a->first ? a->first->facts.pod_name : "");
	json_out_str(out, "netns", a->first ? a->first->facts.netns : "");
	json_out_str(out, "master", a->master);
	json_out_str(out, "mode", a->mode);
	json_out_str(out, "datapath", a->datapath);
	json_out_array(out, "addresses");
	for (size_t i = 0; i < g->reservations.count; i++)
		if (is_its(&g->reservations.v[i], &a->name))
			json_out_str(out, NULL, ip_format(&g->reservations.v[i].ip, address));
	json_out_end(out);
	json_out_str(out, "since", networks_time(a->first ? a->first->since_s : 0, true, time));
	json_out_int(out, "rxBytes", (int64_t)a->slave->rx_bytes);
	json_out_int(out, "txBytes", (int64_t)a->slave->tx_bytes);
	json_out_int(out, "rxPackets", (int64_t)a->slave->rx_packets);
	json_out_int(out, "txPackets", (int64_t)a->slave->tx_packets);
	json_out_end(out);
}

static void tell(struct gathered *g, const struct link *slave)
{
	bool is_kernel = strcmp(slave->kind, datapath_kernel.kind) == 0;
	const struct served *served = served_of(g, slave->alias);
	struct attachment a = { .slave = slave,
				.master = master_of(g, slave),
				.datapath = is_kernel ? datapath_kernel.name : datapath_ebpf.name,
				.mode = is_kernel ? datapath_mode_name(slave->ipvlan_mode) :
					served	  ? datapath_mode_name(served->mode) :
						    "" };

	if ((!is_kernel && strcmp(slave->kind, datapath_ebpf.kind) != 0) ||
	    !read_identity(slave->alias, &a.name) ||
	    (g->o->network && strcmp(g->o->network, a.name.network) != 0))
		return;
	for (size_t i = 0; !a.first && i < g->reservations.count; i++)
		if (is_its(&g->reservations.v[i], &a.name))
			a.first = &g->reservations.v[i];
	if (g->o->is_json)
		put_json(g, &a);
	else
		put_row(g, &a);
}

/* ---- all of them --------------------------------------------------------------------------- */

static void note_served(const struct ebpf_pod *pod, void *ctx)
{
	struct gathered *g = ctx;
	struct served *s;

	if (!pod->host_end[0] || pod->is_gone)
		return;
	g->served = mem_resize(g->served, g->n_served + 1, sizeof(*g->served));
	s = &g->served[g->n_served++];
	snprintf(s->identity, sizeof(s->identity), "%s", pod->identity);
	snprintf(s->master, sizeof(s->master), "%s", pod->master);
	s->mode = pod->flags & IPVLAN_BPF_L3 ? IPVLAN_MODE_L3 : IPVLAN_MODE_L2;
}

static bool tell_netns(struct gathered *g, int32_t nsid)
{
	struct link *links = NULL;
	struct err err = { 0 };
	size_t count = 0;

	if (link_list(&g->node->home, nsid, &links, &count, &err) < 0)
		return true; /* it went while we looked */
	for (size_t i = 0; i < count; i++)
		tell(g, &links[i]);
	free(links);
	return true;
}

static int by_id(const void *a, const void *b)
{
	return *(const int32_t *)a < *(const int32_t *)b ? -1 : 1;
}

static bool tell_all(struct gathered *g, struct err *err)
{
	int32_t *ids = NULL, self = nsid_self(&g->node->home);
	size_t count = 0;

	if (nsid_list(&g->node->home, &ids, &count, err) < 0)
		return false;
	qsort(ids, count, sizeof(*ids), by_id);
	for (size_t i = 0; i < count; i++)
		if (ids[i] != self)
			tell_netns(g, ids[i]);
	free(ids);
	return true;
}

static bool gather(struct gathered *g, char **networks, struct err *err)
{
	bool is_whole = ipam_read_all(g->o, g->node, networks, &g->reservations);

	/* Without the right to look at programs, or in a kernel without them, there are none. */
	ebpf_view(&g->node->home, note_served, g, NULL);
	if (link_list(&g->node->home, -1, &g->masters, &g->n_masters, err) < 0)
		return false;
	return is_whole;
}

static bool print(struct gathered *g, struct err *err)
{
	static const char *const heads[] = { "NETWORK", "CONTAINER", "POD",	 "INTERFACE",
					     "MASTER",	"MODE",	     "DATAPATH", "ADDRESSES",
					     "SINCE",	"RX",	     "TX",	 NULL };
	bool is_whole;

	if (!g->o->is_json) {
		columns_open(&g->columns, heads);
		is_whole = tell_all(g, err);
		columns_print(&g->columns);
		return is_whole;
	}
	json_out_open(&g->out);
	json_out_array(&g->out, "attachments");
	is_whole = tell_all(g, err);
	json_out_end(&g->out);
	json_out_print(&g->out);
	return is_whole;
}

static int list(const struct tool_options *o, struct node *n)
{
	struct gathered g = { .node = n, .o = o };
	char **networks = networks_list(o);
	struct err err = { 0 };
	int status = gather(&g, networks, &err) ? 0 : 1;

	if (!err_is_set(&err) && !print(&g, &err))
		status = 1;
	if (err_is_set(&err))
		log_warn("%s", err.msg);
	networks_forget(&g.reservations);
	mem_strs_free(networks);
	free(g.masters);
	free(g.served);
	return status;
}

const struct tool tool_list = {
	.name = "list",
	.summary = "every attachment of this node",
	.usage = usage,
	.act = list,
};
