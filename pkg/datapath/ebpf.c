// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A veth pair a pod, both ends with the master's MAC address, and programs on the host's side: on
 * the pod's host end and on the master. A pod can delete its own end and no more.
 *
 * The host end's name is made of the identity, so that DEL finds it when the pod's netns has gone,
 * or when the pod has tampered with its own end; its alias is the whole identity.
 */
#include "pkg/datapath/datapath.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/if_arp.h>
#include "pkg/base/cleanup.h"
#include "pkg/datapath/ebpf_port.h"
#include "pkg/netns/netns.h"
#include "pkg/nl/addr.h"
#include "pkg/nl/tc.h"
#include "pkg/nl/veth.h"

#define GROUP_UNFINISHED 0x69707663U /* "ipvc": made, but not yet named as its owner's */
#define NAME_TRIES	 4

/* ---- who is who ---------------------------------------------------------------------------- */

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	return h;
}

/* Two identities may have the same name of 32 bits: then the second takes the next one. */
static void host_end_name(const char *identity, int try, char name[static IFNAMSIZ])
{
	snprintf(name, IFNAMSIZ, "ipvl%08x", (uint32_t)hash(identity) + (uint32_t)try);
}

static bool is_of(const struct link *l, const char *identity)
{
	return strcmp(l->kind, "veth") == 0 && strcmp(l->alias, identity) == 0;
}

/* An unfinished one has no name yet but the one that it was made under. */
static int find_host_end(struct nl *nl, const char *identity, struct link *out, struct err *err)
{
	for (int try = 0; try < NAME_TRIES; try++) {
		char name[IFNAMSIZ];
		int rc;

		host_end_name(identity, try, name);
		rc = link_by_name(nl, name, out, err);
		if (rc < 0)
			return rc;
		if (is_of(out, identity) ||
		    (strcmp(out->kind, "veth") == 0 && out->group == GROUP_UNFINISHED))
			return 0;
	}
	return -ENODEV;
}

/* ---- detach -------------------------------------------------------------------------------- */

struct forget {
	struct nl *lower;
	uint64_t identity; /* 0: nobody, but what is stale */
	struct err *err;
};

static int forget_in(struct ebpf_set *set, void *ctx)
{
	const struct forget *f = ctx;
	char name[IF_NAMESIZE];

	if (f->identity)
		ebpf_port_give_back(set, f->identity);
	else
		ebpf_port_sweep(set);
	if (!ebpf_port_is_last_gone(set))
		return 0;
	/* The programs of a master that is gone went with it. */
	return if_indextoname(set->master->ifindex, name) ? ebpf_set_unload(f->lower, set, f->err) :
							    0;
}

/* Its slot and addresses, on whichever master they are, and the programs if it was the last. */
static int forget(const struct datapath_ns *ns, const char *identity, struct err *err)
{
	struct forget f = { .lower = ns->lower,
			    .identity = identity ? hash(identity) : 0,
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

	if (rc == -ENODEV || (rc == 0 && !is_of(&l, identity)))
		return 0;
	return rc < 0 ? rc : link_delete(ns->pod, l.ifindex, err);
}

static int ebpf_detach(const struct datapath_ns *ns, const char *ifname, const char *identity,
		       struct err *err)
{
	struct link host;
	int rc = find_host_end(ns->lower, identity, &host, err);

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

static bool is_l3(const struct datapath_spec *spec)
{
	return spec->mode == IPVLAN_MODE_L3;
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
		.group = GROUP_UNFINISHED,
	};
	struct err why = { 0 };
	int rc = -EEXIST;

	for (int try = 0; rc == -EEXIST && try < NAME_TRIES; try++) {
		why = (struct err){ 0 };
		host_end_name(spec->identity, try, name);
		rc = veth_create(j->ns->lower, &pair, &why);
		if (rc == -EEXIST && link_by_name(j->ns->pod, spec->ifname, &j->pod, NULL) == 0)
			return err_set(err, CNI_ERR_EXISTS, rc,
				       "interface %s: the container already has one of that name",
				       spec->ifname);
	}
	if (rc < 0) {
		err_set(err, rc == -EOPNOTSUPP ? CNI_ERR_DATAPATH : why.code, rc, "%s", why.msg);
		if (why.details[0])
			err_details(err, "%s", why.details);
		return rc;
	}
	rc = link_by_name(j->ns->lower, name, &j->host, err);
	if (rc == 0)
		rc = link_by_name(j->ns->pod, spec->ifname, &j->pod, err);
	return rc == -ENODEV ? err_set(err, CNI_ERR_KERNEL, rc,
				       "interface %s: gone as soon as it was made", spec->ifname) :
			       rc;
}

static uint32_t port_flags(const struct datapath_spec *spec)
{
	return (is_l3(spec) ? IPVLAN_BPF_L3 : 0) |
	       (spec->flags & IPVLAN_F_PRIVATE ? IPVLAN_BPF_PRIVATE : 0) |
	       (spec->flags & IPVLAN_F_VEPA ? IPVLAN_BPF_VEPA : 0) |
	       (spec->is_locked ? IPVLAN_BPF_ANTISPOOF : 0);
}

/*
 * The set of the master, loaded for its first pod. One whose program for pods has gone, with the
 * last pod that nobody told of, is none any more.
 */
static int open_set(const struct joining *j, struct ebpf_set *set, int *program, struct err *err)
{
	struct nl *lower = j->ns->lower;
	int rc = ebpf_set_find(lower, j->spec->master->ifindex, set, err);

	if (rc == 0) {
		rc = ebpf_set_pod_program(set, program, err);
		if (rc == 0)
			return 0;
		if (rc == -ENOENT)
			rc = ebpf_set_unload(lower, set, err);
		ebpf_set_close(set);
	}
	if (rc < 0 && rc != -ENOENT)
		return rc;
	rc = ebpf_set_load(lower, j->spec->master, set, program, err);
	return rc;
}

static int join(struct joining *j, struct err *err)
{
	struct ebpf_port_spec port = {
		.ifindex = (uint32_t)j->host.ifindex,
		.flags = port_flags(j->spec),
		.identity = hash(j->spec->identity),
		.addresses = j->spec->addresses,
		.n_addresses = j->spec->n_addresses,
	};
	struct ebpf_set set = EBPF_SET_NONE;
	cleanup_fd int lock = -1;
	int rc = ebpf_lock(&lock, err);

	if (rc == 0)
		rc = open_set(j, &set, &j->program, err);
	if (rc == 0)
		rc = ebpf_port_take(&set, &port, &j->slot, err);
	if (rc == 0)
		j->link_local = ebpf_port_link_local(&set, j->slot);
	ebpf_set_close(&set);
	return rc;
}

static int start_host_end(const struct joining *j, struct err *err)
{
	struct tc_filter at = ebpf_pod_filter(j->host.ifindex);
	struct nl_batch b;

	nl_batch_begin(&b, j->ns->lower, NULL, NULL, err);
	tc_put_clsact(&b, j->host.ifindex, false);
	tc_put_program(&b, &at, j->program, "ipvlan_pod_out", j->slot);
	veth_put_identity(&b, j->host.ifindex, j->spec->identity);
	veth_put_up(&b, j->host.ifindex, is_l3(j->spec));
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
	if (is_l3(j->spec))
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

/* ---- what is there ------------------------------------------------------------------------- */

/* The set that a host end's program belongs to. */
static int set_of_host_end(struct nl *lower, int host_end, struct ebpf_set *set, struct err *err)
{
	struct tc_filter at = ebpf_pod_filter(host_end);
	uint32_t id;
	int rc = tc_find_program(lower, &at, &id, err);

	return rc < 0 ? rc : ebpf_set_of_program(id, set, err);
}

static int ebpf_lower(const struct datapath_ns *ns, const struct link *slave, struct link *master,
		      struct err *err)
{
	struct ebpf_set set = EBPF_SET_NONE;
	int rc = set_of_host_end(ns->lower, slave->lower, &set, err);

	if (rc == -ENOENT)
		return err_set(err, CNI_ERR_CHANGED, rc,
			       "interface %s: the program on its host end #%d is gone", slave->name,
			       slave->lower);
	if (rc == 0)
		rc = link_by_index(ns->lower, (int)set.master->ifindex, master, err);
	ebpf_set_close(&set);
	return rc;
}

static int differs(struct err *err, const char *ifname, const char *what, const char *is,
		   const char *should)
{
	return err_set(err, CNI_ERR_CHANGED, -EINVAL, "interface %s: %s is %s, should be %s",
		       ifname, what, is, should);
}

static int verify_pod_end(const struct datapath_spec *spec, const struct link *pod, struct err *err)
{
	char is[32 * 3], should[32 * 3];

	if (strcmp(pod->kind, "veth") != 0)
		return differs(err, spec->ifname, "its kind", pod->kind[0] ? pod->kind : "a device",
			       "veth");
	if (strcmp(pod->alias, spec->identity) != 0)
		return differs(err, spec->ifname, "its alias", pod->alias[0] ? pod->alias : "empty",
			       spec->identity);
	if (pod->mac_len != 6 || memcmp(pod->mac, spec->master->mac, 6) != 0)
		return differs(err, spec->ifname, "its MAC address", link_mac_format(pod, is),
			       link_mac_format(spec->master, should));
	if (spec->mtu && pod->mtu != spec->mtu) {
		snprintf(is, sizeof(is), "%u", pod->mtu);
		snprintf(should, sizeof(should), "%u", spec->mtu);
		return differs(err, spec->ifname, "its MTU", is, should);
	}
	if (!(pod->flags & IFF_UP))
		return differs(err, spec->ifname, "it", "down", "up");
	return 0;
}

static int verify_port(const struct datapath_spec *spec, const struct ebpf_set *set, int host_end,
		       struct err *err)
{
	uint32_t slot = ebpf_port_of(set, hash(spec->identity));
	char text[IP_STR_MAX];

	if (!slot || set->ports[slot].ifindex != (uint32_t)host_end)
		return err_set(err, CNI_ERR_CHANGED, -ENOENT,
			       "interface %s: not among the pods of master #%u", spec->ifname,
			       set->master->ifindex);
	if (set->ports[slot].flags != port_flags(spec))
		return err_set(err, CNI_ERR_CHANGED, -EINVAL,
			       "interface %s: mode and flags are %#x, should be %#x", spec->ifname,
			       set->ports[slot].flags, port_flags(spec));
	for (size_t i = 0; i < spec->n_addresses; i++)
		if (!ebpf_port_has(set, slot, &spec->addresses[i]))
			return err_set(err, CNI_ERR_CHANGED, -ENOENT,
				       "interface %s: no frame for %s would be given to it",
				       spec->ifname, ip_format(&spec->addresses[i], text));
	return 0;
}

static int verify_host_end(const struct datapath_ns *ns, const struct datapath_spec *spec,
			   const struct link *pod, struct err *err)
{
	struct ebpf_set set = EBPF_SET_NONE;
	struct link host;
	int rc = find_host_end(ns->lower, spec->identity, &host, err);

	if (rc == -ENODEV || (rc == 0 && pod->lower != host.ifindex))
		return err_set(err, CNI_ERR_CHANGED, -ENODEV,
			       "interface %s: its host end is not the one that was made",
			       spec->ifname);
	if (rc == 0 && !(host.flags & IFF_UP))
		return differs(err, host.name, "it", "down", "up");
	if (rc == 0)
		rc = set_of_host_end(ns->lower, host.ifindex, &set, err);
	if (rc == -ENOENT)
		return err_set(err, CNI_ERR_CHANGED, rc, "interface %s: its program is gone",
			       host.name);
	if (rc == 0)
		rc = verify_port(spec, &set, host.ifindex, err);
	if (rc == 0)
		rc = ebpf_set_verify(ns->lower, &set, err);
	ebpf_set_close(&set);
	return rc;
}

static int ebpf_verify(const struct datapath_ns *ns, const struct datapath_spec *spec,
		       struct link *found, struct err *err)
{
	int rc = link_by_name(ns->pod, spec->ifname, found, err);

	if (rc == -ENODEV)
		return err_set(err, CNI_ERR_CHANGED, -ENODEV,
			       "interface %s: gone from the container", spec->ifname);
	if (rc == 0)
		rc = verify_pod_end(spec, found, err);
	return rc < 0 ? rc : verify_host_end(ns, spec, found, err);
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
