// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The VLAN sub-interface of the master, where the configuration wants one: from here on it is the
 * master.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <net/if_arp.h>
#include "plugin/master.h"
#include "plugin/steps.h"
#include "plugin/vlan.h"

static void use_of(const struct attach *a, char out[static VLAN_USE_MAX])
{
	vlan_use_format(a->conf->name, a->identity, out);
}

static int revert(struct attach *a, struct err *err);

static int apply(struct attach *a, struct err *err)
{
	char use[VLAN_USE_MAX];
	struct link vlan;
	int rc;

	if (!a->conf->vlan)
		return 0;
	use_of(a, use);
	rc = vlan_get(attach_ns(a).lower, a->home_fd,
		      a->conf->link_in_container ? a->netns_fd : a->home_fd, &a->master,
		      a->conf->vlan, use, &vlan, err);
	if (rc < 0)
		return rc;
	a->master = vlan;
	rc = master_check_mtu(a->conf, &a->master, err);
	if (rc < 0)
		revert(a, NULL);
	return rc;
}

/* Wherever it is, and whatever the configuration says by now. */
static int revert(struct attach *a, struct err *err)
{
	char use[VLAN_USE_MAX];
	int rc, in_pod = 0;

	if (a->is_link_stuck)
		return 0; /* its slave is there */
	use_of(a, use);
	rc = vlan_put(&a->home, use, err);
	if (a->netns_fd >= 0)
		in_pod = vlan_put(&a->pod, use, err);
	return rc < 0 ? rc : in_pod;
}

/* That the slave stands on that VLAN, step_master has seen. */
static int verify(struct attach *a, struct err *err)
{
	char use[VLAN_USE_MAX];

	if (!a->conf->vlan || !a->master.ifindex)
		return 0;
	if (!(a->master.flags & IFF_UP))
		return err_set(err, CNI_ERR_CHANGED, -ENETDOWN, "VLAN interface %s: down",
			       a->master.name);
	use_of(a, use);
	if (vlan_is_ours(&a->master) && !vlan_is_used_by(attach_ns(a).lower, &a->master, use))
		return err_set(
			err, CNI_ERR_CHANGED, -ENOENT,
			"VLAN interface %s: this attachment's mark (alternative name %s) is gone",
			a->master.name, use);
	return 0;
}

/*
 * One that is not there yet will be as good as any: an Ethernet interface that nothing holds, and
 * that has no index.
 */
static int ready(struct attach *a, struct err *err)
{
	struct link master = a->master;
	int rc;

	if (!a->conf->vlan || !master.ifindex)
		return 0;
	rc = vlan_find(&a->home, &master, a->conf->vlan, &a->master, err);
	if (rc == 0 && !(a->master.flags & IFF_UP) && !vlan_is_ours(&a->master))
		return err_set(err, CNI_ERR_LIMITED, -ENETDOWN, "VLAN interface %s: down",
			       a->master.name);
	if (rc != -ENODEV)
		return rc;
	if (link_probe(&a->home, "vlan", err) == -EOPNOTSUPP)
		return err_set(err, CNI_ERR_UNAVAILABLE, -EOPNOTSUPP,
			       "vlan: this kernel can make no VLAN interface (CONFIG_VLAN_8021Q)");
	a->master = (struct link){
		.ifindex = -1, .hw_type = ARPHRD_ETHER, .flags = IFF_UP, .mtu = master.mtu
	};
	snprintf(a->master.name, sizeof(a->master.name), "%s", master.name);
	return 0;
}

static bool is_valid(const char *use, void *ctx)
{
	const struct conf *conf = ctx;

	for (size_t i = 0; i < conf->n_valid; i++) {
		char identity[LINK_ALIAS_MAX], valid[VLAN_USE_MAX];

		attach_identity(conf->name, conf->valid[i].container_id, conf->valid[i].ifname,
				identity);
		vlan_use_format(conf->name, identity, valid);
		if (strcmp(use, valid) == 0)
			return true;
	}
	return false;
}

static int retain(struct attach *a, struct err *err)
{
	char begin[VLAN_USE_MAX];

	vlan_use_format(a->conf->name, NULL, begin);
	return vlan_retain(&a->home, begin, is_valid, (void *)a->conf, err);
}

const struct step step_vlan = {
	.name = "vlan",
	.apply = apply,
	.revert = revert,
	.verify = verify,
	.ready = ready,
	.retain = retain,
};
