// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A pod's end can be changed from inside its netns alone, of which the host end knows no more than
 * an id: the netns is looked for where runtimes keep them by name, and then among the processes.
 */
#include "pkg/datapath/ebpf_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/netlink.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/netns/netns.h"
#include "pkg/nl/nsid.h"
#include "pkg/nl/veth.h"

struct pod_end {
	int32_t nsid; /* -1: done */
	int ifindex;
	uint32_t mtu;
};

struct sync {
	const struct datapath_ns *ns;
	const struct link *master;
	struct pod_end *ends; /* that are to follow yet */
	size_t n_ends, n_left;
	struct err *err;
	int rc; /* the first error */
};

static void note(struct sync *s, int rc)
{
	if (s->rc == 0)
		s->rc = rc;
}

static int set_end(struct nl *nl, int ifindex, const struct link *master, uint32_t mtu,
		   struct err *err)
{
	struct nl_batch b;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	veth_put_mac_mtu(&b, ifindex, master->mac, mtu);
	return nl_batch_commit(&b);
}

/* ---- the pods' ends ------------------------------------------------------------------------ */

static void set_in_netns(struct sync *s, struct pod_end *end, int netns_fd)
{
	struct nl pod = { .fd = -1 };
	int fd, rc = netns_socket(netns_fd, s->ns->home_fd, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE,
				  &fd, s->err);

	if (rc == 0) {
		nl_open(&pod, fd);
		rc = set_end(&pod, end->ifindex, s->master, end->mtu, s->err);
		nl_close(&pod);
	}
	note(s, rc);
	end->nsid = -1;
	s->n_left--;
}

static void look_at(struct sync *s, const char *path)
{
	cleanup_fd int fd = -1;
	int32_t nsid;

	if (netns_open(path, &fd, NULL) < 0 || netns_is_same(fd, s->ns->home_fd) ||
	    nsid_get(s->ns->lower, fd, &nsid) < 0)
		return;
	for (size_t i = 0; i < s->n_ends; i++)
		if (s->ends[i].nsid == nsid && nsid >= 0)
			set_in_netns(s, &s->ends[i], fd);
}

static void find_pods(struct sync *s)
{
	static const char *const where[] = { "/run/netns/*", "/run/docker/netns/*",
					     "/proc/[0-9]*/ns/net" };

	for (size_t i = 0; i < sizeof(where) / sizeof(*where) && s->n_left; i++) {
		glob_t found = { 0 };

		if (glob(where[i], GLOB_NOSORT, NULL, &found) == 0)
			for (size_t k = 0; k < found.gl_pathc && s->n_left; k++)
				look_at(s, found.gl_pathv[k]);
		globfree(&found);
	}
	if (s->n_left)
		log_warn("master %s: %zu pods were not found and have not its new MAC address and "
			 "MTU",
			 s->master->name, s->n_left);
}

/* ---- all of it ----------------------------------------------------------------------------- */

/* A chosen MTU stays as long as the master carries it; else it is the master's. */
static uint32_t mtu_for(const struct ipvlan_bpf_port *port, const struct link *end,
			const struct link *master)
{
	return port->flags & IPVLAN_BPF_OWN_MTU && end->mtu <= master->mtu ? end->mtu : master->mtu;
}

static void sync_port(struct sync *s, const struct ipvlan_bpf_port *port)
{
	struct link end;
	uint32_t mtu;

	/* What is gone, whoever takes it away takes the slot away too. */
	if (!port->ifindex || link_by_index(s->ns->lower, (int)port->ifindex, &end, NULL) < 0)
		return;
	mtu = mtu_for(port, &end, s->master);
	note(s, set_end(s->ns->lower, end.ifindex, s->master, mtu, s->err));
	s->ends[s->n_ends++] = (struct pod_end){ end.lower_nsid, end.lower, mtu };
	s->n_left++;
}

bool ebpf_sync_is_due(const struct ebpf_set *set, const struct link *master)
{
	return memcmp(set->master->mac, master->mac, 6) != 0 || set->master->mtu != master->mtu;
}

/* The link-local addresses were made of the MAC: they stay as they are, and stay the pods' own. */
int ebpf_sync(const struct datapath_ns *ns, struct ebpf_set *set, const struct link *master,
	      struct err *err)
{
	struct sync s = { .ns = ns, .master = master, .err = err };

	if (!ebpf_sync_is_due(set, master))
		return 0;
	s.ends = mem_new(set->master->end, sizeof(*s.ends));
	memcpy(set->master->mac, master->mac, 6);
	for (uint32_t slot = 1; slot < set->master->end; slot++)
		sync_port(&s, &set->ports[slot]);
	find_pods(&s);
	free(s.ends);
	if (s.rc == 0)
		set->master->mtu = master->mtu;
	return s.rc;
}
