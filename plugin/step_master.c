// SPDX-License-Identifier: GPL-2.0-or-later
/* The master: found, not made, so there is nothing to revert. */
#include <errno.h>
#include <string.h>
#include "pkg/nl/route.h"
#include "plugin/steps.h"

static int by_name(struct attach *a, const char *name, struct err *err)
{
	const char *where = a->conf->link_in_container ? "the container" : "the host";
	int rc = link_by_name(attach_ns(a).lower, name, &a->master, err);

	if (rc == -ENODEV)
		return err_set(err, CNI_ERR_MASTER, rc,
			       "master %s: %s has no interface of that name", name, where);
	return rc;
}

static int by_default_route(struct attach *a, struct err *err)
{
	struct nl *nl = attach_ns(a).lower;
	int ifindex, rc = route_default_link(nl, &ifindex, err);

	if (rc == -ENOENT) {
		err_set(err, CNI_ERR_MASTER, rc,
			"no master: the configuration names none, and there is no default route to "
			"take one from");
		err_details(err, "set \"master\" in the network configuration");
		return rc;
	}
	if (rc == 0)
		rc = link_by_index(nl, ifindex, &a->master, err);
	if (rc == -ENODEV)
		err_errno(err, CNI_ERR_MASTER, rc, "master #%d: look up", ifindex);
	return rc;
}

/* Chained behind another plugin, which made one interface: that is the master. */
static int by_prev_result(struct attach *a, struct err *err)
{
	const struct cni_result *prev = &a->result; /* nothing of ours is in it yet */

	if (prev->n_interfaces != 1 || !prev->interfaces[0].name || !prev->interfaces[0].name[0])
		return err_set(err, CNI_ERR_MASTER, -EINVAL,
			       "no master: the configuration names none, and prevResult has %zu "
			       "interfaces instead of the one to take",
			       prev->n_interfaces);
	return by_name(a, prev->interfaces[0].name, err);
}

static int check_mtu(const struct attach *a, struct err *err)
{
	if (a->conf->mtu > a->master.mtu)
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "%s: %u is more than the %u of master %s", a->conf->mtu_source,
			       a->conf->mtu, a->master.mtu, a->master.name);
	return 0;
}

static int find(struct attach *a, struct err *err)
{
	if (a->conf->master)
		return by_name(a, a->conf->master, err);
	if (a->conf->has_prev)
		return by_prev_result(a, err);
	return by_default_route(a, err);
}

static int apply(struct attach *a, struct err *err)
{
	int rc = find(a, err);

	return rc < 0 ? rc : check_mtu(a, err);
}

/*
 * One that is not named cannot be told from another: the interface itself says what it stands on.
 */
static int verify(struct attach *a, struct err *err)
{
	return a->conf->master ? by_name(a, a->conf->master, err) : 0;
}

static int unavailable(struct err *err, const struct err *why, int rc)
{
	err_set(err, CNI_ERR_UNAVAILABLE, rc, "%s", why->msg);
	if (why->details[0])
		err_details(err, "%s", why->details);
	return rc;
}

static int ready(struct attach *a, struct err *err)
{
	struct datapath_ns ns = attach_ns(a);
	struct err why = { 0 };
	int rc;

	if (a->conf->link_in_container)
		return 0; /* no container, no master to look at */
	rc = apply(a, &why);
	if (rc == 0 && !(a->master.flags & IFF_UP))
		rc = err_set(&why, CNI_ERR_MASTER, -ENETDOWN, "master %s: down", a->master.name);
	if (rc == 0)
		rc = a->datapath->probe(&ns, &a->master, &why);
	return rc < 0 ? unavailable(err, &why, rc) : 0;
}

const struct step step_master = {
	.name = "master",
	.apply = apply,
	.verify = verify,
	.ready = ready,
};
