// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A veth pair a pod, both ends with the master's MAC address, and programs on the host's side: on
 * the pod's host end and on the master. A pod can delete its own end and no more.
 */
#include "pkg/datapath/datapath.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/log.h"
#include "pkg/datapath/ebpf_end.h"
#include "pkg/datapath/ebpf_hook.h"
#include "pkg/datapath/ebpf_port.h"
#include "pkg/datapath/ebpf_sync.h"
#include "pkg/datapath/ebpf_verify.h"
#include "pkg/netns/netns.h"
#include "pkg/nl/addr.h"
#include "pkg/nl/route.h"
#include "pkg/nl/tc.h"
#include "pkg/nl/veth.h"

/* ---- detach -------------------------------------------------------------------------------- */

struct forget {
	const struct datapath_ns *ns;
	uint64_t identity; /* 0: nobody, but what is stale */
	struct err *err;
};

/* That it cannot be done for others is no failure of a DEL. */
static int follow_master(const struct forget *f, struct ebpf_set *set, const struct link *master)
{
	struct err why = { 0 };
	int rc = ebpf_sync(f->ns, set, master, &why);

	if (rc < 0 && f->identity) {
		log_warn("%s", why.msg);
		return 0;
	}
	return rc < 0 ? err_recode(f->err, why.code, rc, &why) : 0;
}

/*
 * What is left of the master's pods follows it, the programs go if none is. Those of a master that
 * is gone went with it.
 */
static int forget_in(struct ebpf_set *set, void *ctx)
{
	const struct forget *f = ctx;
	bool is_ours = ebpf_set_is_ours(set);
	struct link master;

	if (is_ours && f->identity)
		ebpf_port_give_back(set, f->identity);
	else if (is_ours)
		ebpf_port_sweep(set);
	if (link_by_index(f->ns->lower, (int)set->master->ifindex, &master, NULL) < 0)
		return 0;
	if (!is_ours)
		return ebpf_set_is_used(f->ns->lower, set) ?
			       0 :
			       ebpf_set_unload(f->ns->lower, set, f->err);
	return ebpf_port_is_last_gone(set) ? ebpf_set_unload(f->ns->lower, set, f->err) :
					     follow_master(f, set, &master);
}

/* Its slot and addresses, on whichever master they are, and the programs if it was the last. */
static int forget(const struct datapath_ns *ns, const char *identity, struct err *err)
{
	struct forget f = { .ns = ns,
			    .identity = identity ? ebpf_end_hash(identity) : 0,
			    .err = err };
	cleanup_fd int lock = -1;
	int rc = ebpf_lock(&lock, err);

	return rc < 0 ? rc : ebpf_set_each(ns->lower, forget_in, &f);
}

/* By the pod's end, if somebody renamed ours. */
static int delete_pod_end(const struct datapath_ns *ns, const char *ifname, const char *identity,
			  struct err *err)
{
	struct link l;
	int rc = ns->pod ? link_by_name(ns->pod, ifname, &l, err) : -ENODEV;

	if (rc == -ENODEV || (rc == 0 && !ebpf_end_is_of(&l, identity)))
		return 0;
	return rc < 0 ? rc : link_delete(ns->pod, l.ifindex, err);
}

static int ebpf_detach(const struct datapath_ns *ns, const char *ifname, const char *identity,
		       struct err *err)
{
	struct link host;
	int rc = ebpf_end_find(ns->lower, identity, &host, err);

	if (rc == 0)
		rc = link_delete(ns->lower, host.ifindex, err);
	else if (rc == -ENODEV)
		rc = delete_pod_end(ns, ifname, identity, err);
	return rc < 0 ? rc : forget(ns, identity, err);
}

/* ---- attach -------------------------------------------------------------------------------- */

/* A bridge's port and a macvlan's parent will do: the programs come before either. */
static int check_spec(const struct datapath_spec *spec, struct err *err)
{
	const struct link *master = spec->master;

	if (master->hw_type != ARPHRD_ETHER || master->flags & IFF_LOOPBACK)
		return err_set(err, CNI_ERR_MASTER, -EINVAL,
			       "master %s: not an Ethernet interface, it can carry no pod",
			       master->name);
	if (spec->mode == IPVLAN_MODE_L3S)
		return err_set(err, CNI_ERR_FIELD, -EINVAL,
			       "mode: \"l3s\" is not to be had by the eBPF datapath; \"l3\" is");
	return 0;
}

static int ebpf_probe_master(const struct datapath_ns *ns, const struct datapath_spec *spec,
			     struct err *err)
{
	int rc = check_spec(spec, err);

	(void)ns;
	return rc < 0 ? rc : ebpf_probe(err);
}

/* What the steps of attaching share. */
struct joining {
	const struct datapath_ns *ns;
	const struct datapath_spec *spec;
	struct link host, pod;
	uint32_t slot;
	struct ip link_local;
	int program; /* fd */
};

/* Whose answer got lost may have been made all the same. */
static void undo_pair(const struct joining *j)
{
	struct link host;

	if (ebpf_end_find(j->ns->lower, j->spec->identity, &host, NULL) == 0 &&
	    host.group == EBPF_END_UNFINISHED)
		link_delete(j->ns->lower, host.ifindex, NULL);
}

static int make_pair(struct joining *j, struct err *err)
{
	const struct datapath_spec *spec = j->spec;
	char name[IFNAMSIZ];
	struct veth_spec pair = {
		.name = name,
		.pod_name = spec->ifname,
		.pod_fd = j->ns->pod_fd,
		.mac = spec->master->mac,
		.mtu = spec->mtu ? spec->mtu : spec->master->mtu,
		.group = EBPF_END_UNFINISHED,
	};
	struct err why = { 0 };
	int rc = -EEXIST;

	for (int try = 0; rc == -EEXIST && try < EBPF_END_TRIES; try++) {
		why = (struct err){ 0 };
		ebpf_end_name(spec->identity, try, name);
		rc = veth_create(j->ns->lower, &pair, &why);
		if (rc == -EEXIST && link_by_name(j->ns->pod, spec->ifname, &j->pod, NULL) == 0)
			return err_set(err, CNI_ERR_EXISTS, rc,
				       "interface %s: the container already has one of that name",
				       spec->ifname);
	}
	if (rc < 0) {
		if (rc != -EEXIST)
			undo_pair(j);
		err_set(err, rc == -EOPNOTSUPP ? CNI_ERR_DATAPATH : why.code, rc, "%s", why.msg);
		if (why.details[0])
			err_details(err, "%s", why.details);
		return rc;
	}
	rc = link_by_name(j->ns->lower, name, &j->host, err);
	if (rc == 0)
		rc = link_by_name(j->ns->pod, spec->ifname, &j->pod, err);
	if (rc < 0)
		undo_pair(j);
	return rc == -ENODEV ? err_set(err, CNI_ERR_KERNEL, rc,
				       "interface %s: gone as soon as it was made", spec->ifname) :
			       rc;
}

/*
 * The set of the master, loaded for its first pod. One that no pod has any more, the last one gone
 * and nobody told, is none: another version's, or one whose program for pods went with it.
 */
static int open_set(const struct joining *j, struct ebpf_set *set, int *program, struct err *err)
{
	struct nl *lower = j->ns->lower;
	struct err why = { 0 };
	int rc = ebpf_set_find(lower, j->spec->master->ifindex, set, &why);

	if (rc == 0)
		rc = ebpf_set_pod_program(set, program, &why);
	if (rc == 0)
		return 0;
	if (set->master && (rc == -ENOENT || (rc == -EPROTO && !ebpf_set_is_used(lower, set)))) {
		why = (struct err){ 0 };
		rc = ebpf_set_unload(lower, set, &why);
		ebpf_set_close(set);
	}
	if (rc < 0 && rc != -ENOENT)
		return err_recode(err, why.code, rc, &why);
	return ebpf_set_load(lower, j->spec->master, set, program, err);
}

static int join(struct joining *j, struct err *err)
{
	struct ebpf_port_spec port = {
		.ifindex = (uint32_t)j->host.ifindex,
		.flags = ebpf_port_flags(j->spec),
		.identity = ebpf_end_hash(j->spec->identity),
		.addresses = j->spec->addresses,
		.n_addresses = j->spec->n_addresses,
	};
	struct ebpf_set set = EBPF_SET_NONE;
	cleanup_fd int lock = -1;
	int rc = ebpf_lock(&lock, err);

	if (rc == 0)
		rc = open_set(j, &set, &j->program, err);
	if (rc == 0)
		rc = ebpf_sync(j->ns, &set, j->spec->master, err);
	if (rc == 0)
		rc = ebpf_port_take(&set, &port, &j->slot, err);
	if (rc == 0)
		j->link_local = ebpf_port_link_local(&set, j->slot);
	ebpf_set_close(&set);
	return rc;
}

/* The host reaches an l3 pod by a route. */
static void put_routes(struct nl_batch *b, const struct joining *j)
{
	for (size_t i = 0; i < j->spec->n_addresses; i++) {
		const struct ip *a = &j->spec->addresses[i];
		struct route r = {
			.dst = { .ip = *a, .len = (uint8_t)ip_bits(a) },
			.ifindex = j->host.ifindex,
			.scope = RT_SCOPE_LINK,
		};

		route_put_new(b, &r);
	}
}

static int start_host_end(const struct joining *j, struct err *err)
{
	struct tc_filter at = ebpf_pod_filter(j->host.ifindex);
	struct nl_batch b;

	if (ebpf_is_l3(j->spec) || !j->spec->is_locked) {
		netns_sysctl_write("ipv4/conf", j->host.name, "forwarding", "1");
		netns_sysctl_write("ipv6/conf", j->host.name, "forwarding", "1");
	}

	nl_batch_begin(&b, j->ns->lower, NULL, NULL, err);
	tc_put_clsact(&b, j->host.ifindex, false);
	tc_put_program(&b, &at, j->program, "ipvlan_pod_out", j->slot);
	veth_put_identity(&b, j->host.ifindex, j->spec->identity);
	veth_put_up(&b, j->host.ifindex, ebpf_is_l3(j->spec));
	if (ebpf_is_l3(j->spec))
		put_routes(&b, j);
	return nl_batch_commit(&b);
}

static bool has_ip6(const struct datapath_spec *spec)
{
	for (size_t i = 0; i < spec->n_addresses; i++)
		if (spec->addresses[i].family == AF_INET6)
			return true;
	return false;
}

/*
 * An address that the kernel made of the MAC would be every sibling's: the link-local one is given,
 * and those of router advertisements are left.
 */
static int prepare_ip6(const struct joining *j, struct err *err)
{
	const char *ifname = j->spec->ifname;
	int rc = netns_enter(j->ns->pod_fd, err);

	if (rc < 0)
		return rc;
	netns_sysctl_write("ipv6/conf", ifname, "disable_ipv6", "0");
	netns_sysctl_write("ipv6/conf", ifname, "autoconf", "0");
	netns_leave(j->ns->home_fd);
	return 0;
}

static int finish_pod_end(const struct joining *j, struct err *err)
{
	struct prefix link_local = { .ip = j->link_local, .len = 64 };
	bool is_ip6 = has_ip6(j->spec);
	struct nl_batch b;
	int rc = is_ip6 ? prepare_ip6(j, err) : 0;

	if (rc < 0)
		return rc;
	nl_batch_begin(&b, j->ns->pod, NULL, NULL, err);
	veth_put_identity(&b, j->pod.ifindex, j->spec->identity);
	if (ebpf_is_l3(j->spec))
		veth_put_noarp(&b, j->pod.ifindex);
	if (is_ip6)
		addr_put_new(&b, j->pod.ifindex, &link_local);
	return nl_batch_commit(&b);
}

static int ebpf_attach(const struct datapath_ns *ns, const struct datapath_spec *spec,
		       struct link *made, struct err *err)
{
	struct joining j = { .ns = ns, .spec = spec, .program = -1 };
	cleanup_fd int program = -1;
	int rc = check_spec(spec, err);

	if (rc == 0)
		rc = make_pair(&j, err);
	if (rc == 0)
		rc = join(&j, err);
	program = j.program;
	if (rc == 0)
		rc = start_host_end(&j, err);
	if (rc == 0)
		rc = finish_pod_end(&j, err);
	if (rc < 0 && j.host.ifindex)
		ebpf_detach(ns, spec->ifname, spec->identity, NULL);
	*made = j.pod;
	return rc;
}

int datapath_ebpf_mend(const struct datapath_ns *ns, struct err *err)
{
	return forget(ns, NULL, err);
}

bool datapath_ebpf_is_on(const struct datapath_ns *ns, const struct link *master)
{
	return ebpf_set_is_on(ns->lower, master->ifindex);
}

/* ---- retain -------------------------------------------------------------------------------- */

static int ebpf_retain(const struct datapath_ns *ns, const char *prefix,
		       bool (*is_kept)(const char *identity, void *ctx), void *ctx, struct err *err)
{
	cleanup_free struct link *all = NULL;
	size_t n = 0;
	int first = link_list(ns->lower, -1, &all, &n, err);

	for (size_t i = 0; i < n; i++) {
		int rc;

		if (strcmp(all[i].kind, "veth") != 0 ||
		    strncmp(all[i].alias, prefix, strlen(prefix)) != 0 ||
		    is_kept(all[i].alias, ctx))
			continue;
		rc = link_delete(ns->lower, all[i].ifindex, err);
		if (rc < 0 && first == 0)
			first = rc;
	}
	if (first == 0)
		first = forget(ns, NULL, err);
	return first;
}

const struct datapath datapath_ebpf = {
	.name = "ebpf",
	.kind = "veth",
	.probe = ebpf_probe_master,
	.attach = ebpf_attach,
	.detach = ebpf_detach,
	.lower = ebpf_lower,
	.verify = ebpf_verify,
	.retain = ebpf_retain,
};
