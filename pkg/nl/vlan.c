// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/vlan.h"

#include <errno.h>
#include <string.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include "pkg/base/cleanup.h"
#include "pkg/nl/altname.h"
#include "pkg/nl/attr.h"

int vlan_find(struct nl *nl, const struct link *master, uint16_t id, struct link *out,
	      struct err *err)
{
	cleanup_free struct link *links = NULL;
	size_t n = 0;
	int rc = link_list(nl, -1, &links, &n, err);

	for (size_t i = 0; i < n; i++)
		if (links[i].vlan_id == id && links[i].lower == master->ifindex &&
		    links[i].lower_nsid < 0) {
			*out = links[i];
			return 0;
		}
	return rc < 0 ? rc : -ENODEV;
}

static void put_new(struct nl_batch *b, const struct vlan_spec *spec, int ifindex)
{
	struct nlmsghdr *nlh = nl_batch_put(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
					    CNI_ERR_KERNEL, 0, "VLAN %u of %s: create", spec->id,
					    spec->master->name);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct nlattr *info, *data;

	ifi->ifi_index = ifindex;
	mnl_attr_put_u32(nlh, IFLA_LINK, (uint32_t)spec->master->ifindex);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, spec->name);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, spec->id);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

int vlan_create(struct nl *nl, const struct vlan_spec *spec, struct err *err)
{
	/*
	 * What is put on it names it by an index that is nobody's: where the first request is
	 * refused, the others find nothing.
	 */
	int ifindex = link_random_index();
	struct nl_batch b;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	put_new(&b, spec, ifindex);
	link_put_alias(&b, ifindex, spec->alias);
	altname_put_new(&b, ifindex, spec->altname);
	return nl_batch_commit(&b);
}
