// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Links of kind ipvlan, whichever driver of that kind the kernel has.
 *
 * The link is born in the pod's netns under its final name: moving it there, or renaming it, costs
 * a grace period of RCU on some kernels. It cannot carry its owner's identity (IFLA_IFALIAS) in the
 * request that makes it, but it can carry a group: one that is nobody else's marks it as ours until
 * the identity is on it, in case that the process is killed in between.
 */
#include "pkg/datapath/datapath.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/lock.h"
#include "pkg/base/log.h"
#include "pkg/datapath/master.h"
#include "pkg/datapath/tenant.h"
#include "pkg/nl/nsid.h"

#define GROUP_UNFINISHED 0x69707663U /* "ipvc" */

static const char *const mode_names[] = {
	[IPVLAN_MODE_L2] = "l2",
	[IPVLAN_MODE_L3] = "l3",
	[IPVLAN_MODE_L3S] = "l3s",
};

const char *datapath_mode_name(uint16_t mode)
{
	return mode < IPVLAN_MODE_MAX ? mode_names[mode] : "?";
}

const char *datapath_flags_name(uint16_t flags)
{
	return flags & IPVLAN_F_PRIVATE ? "private" : flags & IPVLAN_F_VEPA ? "vepa" : "bridge";
}

int datapath_mode_parse(const char *name, uint16_t *mode)
{
	for (uint16_t i = 0; i < IPVLAN_MODE_MAX; i++)
		if (strcmp(name, mode_names[i]) == 0) {
			*mode = i;
			return 0;
		}
	return -EINVAL;
}

static int no_driver(struct err *err)
{
	err_set(err, CNI_ERR_DATAPATH, -EOPNOTSUPP,
		"this kernel can make no ipvlan link: it has no driver of kind ipvlan");
	err_details(err, "load one: \"modprobe ipvlan\" (the kernel's own, CONFIG_IPVLAN, or the "
			 "ipvlan.ko that comes with this plugin), then try again");
	return -EOPNOTSUPP;
}

static int kernel_probe(const struct datapath_ns *ns, const struct datapath_spec *spec,
			struct err *err)
{
	int rc = link_probe(ns->lower, "ipvlan", err);

	if (rc == -EOPNOTSUPP)
		return no_driver(err);
	if (rc == 0)
		rc = master_check(ns->lower, spec->master, err);
	if (rc == 0)
		rc = master_check_parent(ns->lower, spec->master, err);
	return rc < 0 ? rc : master_check_mode(ns->lower, spec, err);
}

static int create_failed(const struct datapath_ns *ns, const struct datapath_spec *spec, int rc,
			 const struct err *why, struct err *err)
{
	switch (rc) {
	case -EOPNOTSUPP:
		return no_driver(err);
	case -EEXIST:
		return err_set(err, CNI_ERR_EXISTS, rc,
			       "interface %s: the container already has one of that name",
			       spec->ifname);
	case -EBUSY:
		if (master_check_parent(ns->lower, spec->master, err) < 0)
			return rc;
		err_set(err, CNI_ERR_MASTER, rc,
			"master %s: the kernel says that it is busy; an interface cannot be the master "
			"of ipvlan and of macvlan, or a port of a bridge, at one time",
			spec->master->name);
		break;
	default:
		err_set(err, why->code, rc, "%s on master %s (mode %s)", why->msg,
			spec->master->name, datapath_mode_name(spec->mode));
	}
	if (why->details[0])
		err_details(err, "%s", why->details);
	return rc;
}

static bool is_owned_by(const struct link *l, const char *identity)
{
	return strcmp(l->kind, "ipvlan") == 0 &&
	       (l->group == GROUP_UNFINISHED || strcmp(l->alias, identity) == 0);
}

static int kernel_detach(const struct datapath_ns *ns, const char *ifname, const char *identity,
			 struct err *err)
{
	struct link l;
	int rc = ns->pod ? link_by_name(ns->pod, ifname, &l, err) : -ENODEV;

	if (rc == -ENODEV)
		return 0;
	if (rc < 0)
		return rc;
	if (!is_owned_by(&l, identity)) {
		log_warn(
			"interface %s: not made by this attachment (kind \"%s\", alias \"%s\"); it stays",
			ifname, l.kind, l.alias);
		return 0;
	}
	return link_delete(ns->pod, l.ifindex, err);
}

/*
 * Kernels up to 6.12 look for the name in the netns of the request too, and a host often has an
 * eth0 as well. They do not when the request names an index.
 */
static int create(const struct datapath_ns *ns, struct ipvlan_spec *link, struct err *why)
{
	struct link other;
	int rc = link_create_ipvlan(ns->lower, link, why);

	if (rc != -EEXIST || link_by_name(ns->pod, link->name, &other, NULL) == 0)
		return rc;
	*why = (struct err){ 0 };
	link->ifindex = link_random_index();
	return link_create_ipvlan(ns->lower, link, why);
}

/* Where the answer got lost, it may have been made all the same. */
static void delete_unfinished(struct nl *pod, const char *ifname)
{
	struct link l;

	if (link_by_name(pod, ifname, &l, NULL) == 0 && l.group == GROUP_UNFINISHED &&
	    strcmp(l.kind, "ipvlan") == 0)
		link_delete(pod, l.ifindex, NULL);
}

static int cannot_lock(struct err *err)
{
	err_set(err, CNI_ERR_FIELD, -EOPNOTSUPP,
		"antiSpoof: true: the ipvlan driver of this kernel cannot lock an interface");
	err_details(err, "load the ipvlan.ko that comes with this plugin (\"ethtool -i\" of an "
			 "ipvlan interface shows which one it is), or say \"datapath\": \"ebpf\"");
	return -EOPNOTSUPP;
}

/* Born locked, it has yet to be allowed what it is for. Another driver has ignored that. */
static int lock(const struct datapath_ns *ns, const struct datapath_spec *spec,
		const struct link *made, struct err *err)
{
	if (!made->is_locked)
		return cannot_lock(err);
	return link_lock(ns->pod, made->ifindex, spec->ifname, spec->addresses, spec->n_addresses,
			 err);
}

/* A container that holds the master holds the key to the lock as well. */
static int check_lock(const struct datapath_ns *ns, const struct datapath_spec *spec,
		      struct err *err)
{
	if (!spec->is_locked || ns->lower != ns->pod)
		return 0;
	return err_set(err, CNI_ERR_FIELD, -EINVAL,
		       "antiSpoof: true: the master is in the container, which could undo it");
}

/* The link is there: who it is, and whose. */
static int finish(const struct datapath_ns *ns, const struct datapath_spec *spec, struct link *made,
		  struct err *err)
{
	int rc = link_by_name(ns->pod, spec->ifname, made, err);

	if (rc == -ENODEV)
		return err_set(err, CNI_ERR_KERNEL, rc, "interface %s: gone as soon as it was made",
			       spec->ifname);
	if (rc == 0)
		rc = link_set_identity(ns->pod, made->ifindex, spec->identity, err);
	if (rc == 0 && spec->is_locked)
		rc = lock(ns, spec, made, err);
	return rc;
}

static int kernel_attach(const struct datapath_ns *ns, const struct datapath_spec *spec,
			 struct link *made, struct err *err)
{
	struct ipvlan_spec link = {
		.name = spec->ifname,
		.netns_fd = ns->pod_fd,
		.master = spec->master->ifindex,
		.mtu = spec->mtu,
		.group = GROUP_UNFINISHED,
		.mode = spec->mode,
		.flags = spec->flags,
		.is_locked = spec->is_locked,
	};
	cleanup_fd int host_lock = -1;
	int32_t id;
	struct err why = { 0 };
	int rc = check_lock(ns, spec, err);

	if (rc == 0)
		rc = master_check(ns->lower, spec->master, err);
	/*
	 * Between the look at who is there and the new one's mode nobody else's may come; and with
	 * an id for its netns the new one is seen by the next.
	 */
	if (rc == 0 && master_has_one_mode()) {
		nsid_get(ns->lower, ns->pod_fd, &id);
		rc = lock_host(&host_lock, err);
	}
	if (rc == 0)
		rc = master_check_mode(ns->lower, spec, err);
	if (rc < 0)
		return rc;
	rc = create(ns, &link, &why);
	if (rc < 0 && rc != -EEXIST)
		delete_unfinished(ns->pod, spec->ifname);
	if (rc < 0)
		return create_failed(ns, spec, rc, &why, err);
	rc = finish(ns, spec, made, err);
	if (rc < 0)
		kernel_detach(ns, spec->ifname, spec->identity, NULL);
	return rc;
}

static int kernel_lower(const struct datapath_ns *ns, const struct link *slave, struct link *master,
			struct err *err)
{
	return link_by_index(ns->lower, slave->lower, master, err);
}

static int differs(struct err *err, const char *ifname, const char *what, const char *is,
		   const char *should)
{
	return err_set(err, CNI_ERR_CHANGED, -EINVAL, "interface %s: %s is %s, should be %s",
		       ifname, what, is, should);
}

static int kernel_verify(const struct datapath_ns *ns, const struct datapath_spec *spec,
			 struct link *found, struct err *err)
{
	char is[16], should[16];
	int rc = link_by_name(ns->pod, spec->ifname, found, err);

	if (rc == -ENODEV)
		return err_set(err, CNI_ERR_CHANGED, -ENODEV,
			       "interface %s: gone from the container", spec->ifname);
	if (rc < 0)
		return rc;
	if (strcmp(found->kind, "ipvlan") != 0)
		return differs(err, spec->ifname, "its kind",
			       found->kind[0] ? found->kind : "a device", "ipvlan");
	if (strcmp(found->alias, spec->identity) != 0)
		return differs(err, spec->ifname, "its alias",
			       found->alias[0] ? found->alias : "empty", spec->identity);
	/* A master that the configuration does not name is whichever it stands on. */
	if (spec->master->ifindex && found->lower != spec->master->ifindex) {
		snprintf(is, sizeof(is), "#%d", found->lower);
		return differs(err, spec->ifname, "its master", is, spec->master->name);
	}
	if (found->ipvlan_mode != spec->mode)
		return differs(err, spec->ifname, "its mode",
			       datapath_mode_name(found->ipvlan_mode),
			       datapath_mode_name(spec->mode));
	if (found->ipvlan_flags != spec->flags)
		return differs(err, spec->ifname, "its flag",
			       datapath_flags_name(found->ipvlan_flags),
			       datapath_flags_name(spec->flags));
	if (spec->mtu && found->mtu != spec->mtu) {
		snprintf(is, sizeof(is), "%u", found->mtu);
		snprintf(should, sizeof(should), "%u", spec->mtu);
		return differs(err, spec->ifname, "its MTU", is, should);
	}
	if (spec->is_locked && !found->is_locked)
		return differs(err, spec->ifname, "it", "not locked (antiSpoof)", "locked");
	if (!(found->flags & IFF_UP))
		return differs(err, spec->ifname, "it", "down", "up");
	return 0;
}

/* ---- retain -------------------------------------------------------------------------------- */

struct sweep {
	struct nl *lower;
	const char *prefix;
	bool (*is_kept)(const char *identity, void *ctx);
	void *ctx;
	struct err *err;
	int rc; /* the first failure */
};

/* An interface on a master of another netns is another node's, whatever its name is. */
static int sweep_one(const struct tenant *t, void *ctx)
{
	struct sweep *s = ctx;
	struct err why = { 0 };
	int rc;

	if (strcmp(t->link.kind, "ipvlan") != 0 ||
	    strncmp(t->link.alias, s->prefix, strlen(s->prefix)) != 0 ||
	    s->is_kept(t->link.alias, s->ctx))
		return 0;
	rc = link_delete_in(s->lower, t->nsid, t->link.ifindex, &why);
	err_join(s->err, &why);
	if (rc < 0 && s->rc == 0)
		s->rc = rc;
	return 0;
}

static int kernel_retain(const struct datapath_ns *ns, const char *prefix,
			 bool (*is_kept)(const char *identity, void *ctx), void *ctx,
			 struct err *err)
{
	struct sweep s = { ns->lower, prefix, is_kept, ctx, err, 0 };

	tenant_each(ns->lower, sweep_one, &s);
	return s.rc;
}

const struct datapath datapath_kernel = {
	.name = "kernel",
	.kind = "ipvlan",
	.probe = kernel_probe,
	.attach = kernel_attach,
	.detach = kernel_detach,
	.lower = kernel_lower,
	.verify = kernel_verify,
	.retain = kernel_retain,
};
