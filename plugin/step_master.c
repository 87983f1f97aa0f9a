// SPDX-License-Identifier: GPL-2.0-or-later
/* The master: found, not made, so there is nothing to revert. */
#include <errno.h>
#include <string.h>
#include "plugin/choice.h"
#include "plugin/master.h"
#include "plugin/steps.h"

/* Chained behind another plugin, which made one interface: that is the master. */
static int by_prev_result(struct attach *a, struct err *err)
{
	const struct cni_result *prev = &a->result; /* nothing of ours is in it yet */

	if (prev->n_interfaces != 1 || !prev->interfaces[0].name || !prev->interfaces[0].name[0])
		return err_set(err, CNI_ERR_MASTER, -EINVAL,
			       "no master: the configuration names none, and prevResult has %zu "
			       "interfaces instead of the one to take",
			       prev->n_interfaces);
	return master_by_name(attach_ns(a).lower, a->conf, prev->interfaces[0].name, &a->master,
			      err);
}

static int find(struct attach *a, struct err *err)
{
	struct nl *lower = attach_ns(a).lower;

	if (a->conf->masters)
		return master_choose(lower, a->conf, &a->master, err);
	if (a->conf->has_prev)
		return by_prev_result(a, err);
	return master_by_route(lower, &a->master, err);
}

static int apply(struct attach *a, struct err *err)
{
	int rc = find(a, err);

	return rc < 0 ? rc : master_check_mtu(a->conf, &a->master, err);
}

/* ---- verify -------------------------------------------------------------------------------- */

/* Named otherwise by now, or another one. */
static int is_another(const struct attach *a, const struct link *master, struct err *err)
{
	char words[256];

	master_words(a->conf, words, sizeof(words));
	err_set(err, CNI_ERR_CHANGED, -ENODEV, "interface %s: its master is %s, should be %s",
		a->env->ifname, master->name, words);
	err_details(err,
		    "an interface that was renamed keeps its slaves; if it was, name it in the "
		    "configuration as it is called now, or give it this as an alternative name");
	return -ENODEV;
}

static int verify_chosen(struct attach *a, const struct link *master, struct err *err)
{
	if (!master_is_meant(attach_ns(a).lower, a->conf, master))
		return is_another(a, master, err);
	if (!(master->flags & IFF_UP))
		return err_set(err, CNI_ERR_CHANGED, -ENETDOWN, "master %s: down", master->name);
	return 0;
}

/* The slave stands on the sub-interface, and that on what was chosen. */
static int verify_vlan(struct attach *a, struct err *err)
{
	struct link master;
	int rc;

	if (a->master.vlan_id != a->conf->vlan)
		return err_set(err, CNI_ERR_CHANGED, -ENODEV,
			       "interface %s: its master %s is not of VLAN %u", a->env->ifname,
			       a->master.name, a->conf->vlan);
	rc = link_by_index(attach_ns(a).lower, a->master.lower, &master, err);
	return rc < 0 ? rc : verify_chosen(a, &master, err);
}

/* What the slave stands on. -ENODEV: it is not in the netns where it should be. */
static int lower_of(struct attach *a, const struct link *slave, struct err *err)
{
	bool is_here = a->conf->link_in_container || a->env->netns_override;
	struct datapath_ns ns = attach_ns(a);

	if (slave->lower_nsid < 0 && !is_here)
		return -ENODEV;
	return choice_of_link(slave)->lower(&ns, slave, &a->master, err);
}

/*
 * What the slave stands on, if that is what the configuration means: it is not chosen again, for
 * another may be the better one by now. A slave that is gone or is none is step_link's to tell; a
 * slave of a slave in the container stands on that one's master, which is elsewhere.
 */
static int verify(struct attach *a, struct err *err)
{
	struct link slave;
	int rc = link_by_name(&a->pod, a->env->ifname, &slave, err);

	if (rc == -ENODEV || (rc == 0 && !choice_of_link(&slave)) ||
	    (rc == 0 && a->conf->link_in_container && slave.lower_nsid >= 0))
		return 0;
	if (rc == 0)
		rc = lower_of(a, &slave, err);
	if (rc == -ENODEV)
		return err_set(err, CNI_ERR_CHANGED, rc,
			       "interface %s: its master is not in %s any more", a->env->ifname,
			       a->conf->link_in_container ? "the container" : "the host");
	if (rc < 0)
		return rc;
	if (a->conf->vlan)
		return verify_vlan(a, err);
	return verify_chosen(a, &a->master, err);
}

/* ---- ready --------------------------------------------------------------------------------- */

/* What the slaves that are there suffer from too is 51. */
static int ready(struct attach *a, struct err *err)
{
	struct err why = { 0 };
	int rc;

	if (a->conf->link_in_container)
		return 0; /* no container, no master to look at */
	rc = apply(a, &why);
	if (rc < 0)
		return err_recode(err, CNI_ERR_UNAVAILABLE, rc, &why);
	if (!(a->master.flags & IFF_UP))
		return err_set(err, CNI_ERR_LIMITED, -ENETDOWN, "master %s: down", a->master.name);
	return 0;
}

const struct step step_master = {
	.name = "master",
	.apply = apply,
	.verify = verify,
	.ready = ready,
};
