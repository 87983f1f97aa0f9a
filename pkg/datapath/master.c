// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/datapath/master.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <net/if_arp.h>
#include "pkg/datapath/tenant.h"

static int is_port(struct nl *lower, const struct link *master, struct err *err)
{
	struct link upper;

	if (link_by_index(lower, master->upper, &upper, NULL) < 0)
		upper = (struct link){ .name = "that" };
	err_set(err, CNI_ERR_MASTER, -EBUSY,
		"master %s: it is a port of %s%s%s, and a port can carry no ipvlan slave",
		master->name, master->upper_kind, master->upper_kind[0] ? " " : "", upper.name);
	err_details(err, "use %s itself as the master", upper.name);
	return -EBUSY;
}

int master_check(struct nl *lower, const struct link *master, struct err *err)
{
	if (master->hw_type != ARPHRD_ETHER || master->flags & IFF_LOOPBACK)
		return err_set(err, CNI_ERR_MASTER, -EINVAL,
			       "master %s: not an Ethernet interface, it can carry no ipvlan slave",
			       master->name);
	if (master->upper && strcmp(master->upper_kind, "vrf") != 0)
		return is_port(lower, master, err);
	return 0;
}

int master_check_parent(struct nl *lower, const struct link *master, struct err *err)
{
	static const char *const kinds[] = { "macvlan", "macvtap" };
	char who[TENANT_STR_MAX];
	struct tenant t = { 0 };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!tenant_find(lower, master, kinds[i], &t))
			continue;
		err_set(err, CNI_ERR_MASTER, -EBUSY,
			"master %s: it is the parent of a %s, and cannot carry ipvlan slaves beside it",
			master->name, kinds[i]);
		err_details(
			err,
			"it is %s; move one of the two to a VLAN of its own, or make both of one "
			"kind",
			tenant_format(&t, who));
		return -EBUSY;
	}
	return 0;
}

/* The kernel's own says no version of its module, ours does. */
bool master_has_one_mode(void)
{
	return access("/sys/module/ipvlan/version", F_OK) < 0;
}

int master_check_mode(struct nl *lower, const struct datapath_spec *spec, struct err *err)
{
	char who[TENANT_STR_MAX];
	struct tenant t;

	if (!master_has_one_mode())
		return 0;
	/* A slave as the master stands for its own: what is made of it comes beside it. */
	t = (struct tenant){ .link = *spec->master, .nsid = -1 };
	if (strcmp(t.link.kind, "ipvlan") != 0 && !tenant_find(lower, spec->master, "ipvlan", &t))
		return 0;
	if (t.link.ipvlan_mode == spec->mode && t.link.ipvlan_flags == spec->flags)
		return 0;
	err_set(err, CNI_ERR_MASTER, -EEXIST,
		"master %s: its slaves are of mode %s, %s, and one of mode %s, %s would change them all: "
		"this kernel's driver has one mode for a master",
		spec->master->name, datapath_mode_name(t.link.ipvlan_mode),
		datapath_flags_name(t.link.ipvlan_flags), datapath_mode_name(spec->mode),
		datapath_flags_name(spec->flags));
	err_details(
		err,
		"in use by %s; take that away first, or use its mode, or another master, or load "
		"the ipvlan.ko that comes with this plugin: there each slave has its own",
		tenant_format(&t, who));
	return -EEXIST;
}
