// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/datapath/ebpf_view.h"

#include <net/if.h>
#include "pkg/base/cleanup.h"
#include "pkg/datapath/ebpf_set.h"
#include "pkg/nl/link.h"

const char *ebpf_drop_name(enum ipvlan_bpf_drop drop)
{
	static const char *const names[] = {
#define DROP_NAME(id, name) [IPVLAN_BPF_DROP_##id] = name,
		IPVLAN_BPF_DROPS(DROP_NAME)
#undef DROP_NAME
	};

	return names[drop];
}

struct view {
	struct nl *nl;
	void (*fn)(const struct ebpf_pod *pod, void *ctx);
	void *ctx;
};

static void show_port(const struct view *v, const struct ipvlan_bpf_port *port, const char *master)
{
	struct link end = { 0 };
	bool is_gone = port->ifindex && link_by_index(v->nl, (int)port->ifindex, &end, NULL) < 0;
	struct ebpf_pod pod = {
		.master = master,
		.host_end = end.name,
		.identity = end.alias,
		.flags = port->flags,
		.is_gone = is_gone,
		.drops = port->drops,
	};

	v->fn(&pod, v->ctx);
}

static int show_set(struct ebpf_set *set, void *ctx)
{
	char master[IF_NAMESIZE] = "";

	if (!ebpf_set_is_ours(set))
		return 0;
	if (!if_indextoname(set->master->ifindex, master))
		master[0] = '\0';
	for (uint32_t slot = 0; slot < set->master->end; slot++)
		if (!slot || set->ports[slot].ifindex)
			show_port(ctx, &set->ports[slot], master);
	return 0;
}

int ebpf_view(struct nl *nl, void (*fn)(const struct ebpf_pod *pod, void *ctx), void *ctx,
	      struct err *err)
{
	struct view v = { .nl = nl, .fn = fn, .ctx = ctx };
	cleanup_fd int lock = -1;
	int rc = ebpf_lock(&lock, err);

	return rc < 0 ? rc : ebpf_set_each(nl, show_set, &v);
}
