// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/attachments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"
#include "pkg/datapath/datapath.h"
#include "pkg/datapath/ebpf_view.h"
#include "pkg/nl/nsid.h"
#include "plugin/tool/ipam.h"

#define IDENTITY "cni:"

/* By eBPF the mode, the master and the counters are in its maps. */
struct served {
	char identity[LINK_ALIAS_MAX], master[IFNAMSIZ];
	uint32_t flags;
	uint64_t drops[IPVLAN_BPF_DROP_COUNT];
};

struct gathering {
	const struct tool_options *o;
	struct node *node;
	struct attachments *all;
	struct link *masters;
	size_t n_masters;
	struct served *served;
	size_t n_served;
};

/* "cni:<network>:<container id>:<ifname>"; a network's name has no colon. */
static bool read_identity(const char *alias, struct attachment *a)
{
	const char *id, *end;

	if (strncmp(alias, IDENTITY, strlen(IDENTITY)) != 0)
		return false;
	alias += strlen(IDENTITY);
	id = strchr(alias, ':');
	end = id ? strrchr(id + 1, ':') : NULL;
	if (!end)
		return false;
	snprintf(a->network, sizeof(a->network), "%.*s", (int)(id - alias), alias);
	snprintf(a->container_id, sizeof(a->container_id), "%.*s", (int)(end - id - 1), id + 1);
	snprintf(a->ifname, sizeof(a->ifname), "%s", end + 1);
	return true;
}

bool attachment_holds(const struct attachment *a, const struct listed *r)
{
	return strcmp(r->state, "resting") != 0 && strcmp(r->network, a->network) == 0 &&
	       strcmp(r->container_id, a->container_id) == 0 && strcmp(r->ifname, a->ifname) == 0;
}

char *attachment_addresses(const struct attachments *all, const struct attachment *a)
{
	char *text = NULL, address[IP_STR_MAX];
	size_t len = 0;
	FILE *f = mem_must(open_memstream(&text, &len));

	for (size_t i = 0; i < all->reservations.count; i++)
		if (attachment_holds(a, &all->reservations.v[i]))
			fprintf(f, "%s%s", ftell(f) ? "," : "",
				ip_format(&all->reservations.v[i].ip, address));
	fclose(f);
	return mem_must(text);
}

char *attachment_pod(const struct attachment *a, char buf[static POD_TEXT_MAX])
{
	const struct facts *f = a->first ? &a->first->facts : NULL;

	snprintf(buf, POD_TEXT_MAX, "%s%s%s", f ? f->pod_namespace : "",
		 f && f->pod_namespace[0] ? "/" : "", f ? f->pod_name : "");
	return buf;
}

/* ---- one interface -------------------------------------------------------------------------- */

static void add_kernel(const struct gathering *g, struct attachment *a)
{
	a->datapath = datapath_kernel.name;
	a->mode = datapath_mode_name(a->slave.ipvlan_mode);
	for (size_t i = 0; a->slave.lower_nsid >= 0 && i < g->n_masters; i++)
		if (g->masters[i].ifindex == a->slave.lower)
			snprintf(a->master, sizeof(a->master), "%s", g->masters[i].name);
}

static void add_ebpf(const struct gathering *g, struct attachment *a)
{
	a->datapath = datapath_ebpf.name;
	a->is_by_ebpf = true;
	for (size_t i = 0; i < g->n_served; i++) {
		const struct served *s = &g->served[i];

		if (strcmp(s->identity, a->slave.alias) != 0)
			continue;
		a->ebpf_flags = s->flags;
		a->mode = datapath_mode_name(s->flags & IPVLAN_BPF_L3 ? IPVLAN_MODE_L3 :
									IPVLAN_MODE_L2);
		memcpy(a->master, s->master, sizeof(a->master));
		memcpy(a->drops, s->drops, sizeof(a->drops));
	}
}

static void add(struct gathering *g, const struct link *slave)
{
	bool is_kernel = strcmp(slave->kind, datapath_kernel.kind) == 0;
	struct attachment a = { .mode = "", .slave = *slave };
	struct attachments *all = g->all;

	if ((!is_kernel && strcmp(slave->kind, datapath_ebpf.kind) != 0) ||
	    !read_identity(slave->alias, &a) ||
	    (g->o->network && strcmp(g->o->network, a.network) != 0))
		return;
	if (is_kernel)
		add_kernel(g, &a);
	else
		add_ebpf(g, &a);
	for (size_t i = 0; !a.first && i < all->reservations.count; i++)
		if (attachment_holds(&a, &all->reservations.v[i]))
			a.first = &all->reservations.v[i];
	all->v = mem_resize(all->v, all->count + 1, sizeof(*all->v));
	all->v[all->count++] = a;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static void note_served(const struct ebpf_pod *pod, void *ctx)
{
	struct gathering *g = ctx;
	struct served *s;

	if (!pod->host_end[0] || pod->is_gone)
		return;
	g->served = mem_resize(g->served, g->n_served + 1, sizeof(*g->served));
	s = &g->served[g->n_served++];
	*s = (struct served){ .flags = pod->flags };
	snprintf(s->identity, sizeof(s->identity), "%s", pod->identity);
	snprintf(s->master, sizeof(s->master), "%s", pod->master);
	for (size_t i = 0; i < IPVLAN_BPF_DROP_COUNT; i++)
		s->drops[i] = pod->drops[i];
}

/*
 * What stands on an interface of this netns, or (linkInContainer) of its own. The id that this
 * netns has in itself may be as young as the list.
 */
static void add_netns(struct gathering *g, int32_t nsid)
{
	cleanup_free struct link *links = NULL;
	size_t count = 0;
	int32_t self;

	if (link_list(&g->node->home, nsid, &links, &count, NULL) < 0)
		return; /* it went while we looked */
	self = nsid_self(&g->node->home);
	for (size_t i = 0; i < count; i++)
		if (links[i].lower_nsid < 0 || links[i].lower_nsid == self)
			add(g, &links[i]);
}

static int by_id(const void *a, const void *b)
{
	return *(const int32_t *)a < *(const int32_t *)b ? -1 : 1;
}

static int add_all(struct gathering *g, struct err *err)
{
	int32_t self = nsid_self(&g->node->home);
	cleanup_free int32_t *ids = NULL;
	size_t count = 0;
	int rc = nsid_list(&g->node->home, &ids, &count, err);

	if (rc < 0)
		return rc;
	qsort(ids, count, sizeof(*ids), by_id);
	for (size_t i = 0; i < count; i++)
		if (ids[i] != self)
			add_netns(g, ids[i]);
	return 0;
}

int attachments_read(const struct tool_options *o, struct node *n, struct attachments *all,
		     struct err *err)
{
	struct gathering g = { .o = o, .node = n, .all = all };
	int rc;

	*all = (struct attachments){ 0 };
	all->is_whole = networks_read_all(o, n, &all->reservations);
	/* Without the right to look at programs, or in a kernel without them, there are none. */
	ebpf_view(&n->home, note_served, &g, NULL);
	rc = link_list(&n->home, -1, &g.masters, &g.n_masters, err);
	if (rc == 0)
		rc = add_all(&g, err);
	free(g.masters);
	free(g.served);
	return rc;
}

void attachments_free(struct attachments *all)
{
	networks_forget(&all->reservations);
	free(all->v);
	*all = (struct attachments){ 0 };
}
