// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/veth.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include "pkg/nl/attr.h"

static struct ifinfomsg *put_ifinfo(struct nlmsghdr *nlh, int ifindex)
{
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	return ifi;
}

/* One queue: the kernel would give an end as many as the machine has processors. */
static void put_end(struct nlmsghdr *nlh, const struct veth_spec *spec, const char *name)
{
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, spec->mac);
	mnl_attr_put_u32(nlh, IFLA_MTU, spec->mtu);
	mnl_attr_put_u32(nlh, IFLA_GROUP, spec->group);
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, 1);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, 1);
}

int veth_create(struct nl *nl, const struct veth_spec *spec, struct err *err)
{
	struct nlattr *info, *data, *peer;
	struct nl_batch b;
	struct nlmsghdr *nlh;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	nlh = nl_batch_put(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, CNI_ERR_KERNEL, 0,
			   "link %s: create a veth pair with %s", spec->pod_name, spec->name);
	put_ifinfo(nlh, 0);
	put_end(nlh, spec, spec->name);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	put_ifinfo(nlh, 0);
	put_end(nlh, spec, spec->pod_name);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)spec->pod_fd);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return nl_batch_commit(&b);
}

static struct nlmsghdr *put_set(struct nl_batch *b, int ifindex, const char *what)
{
	return nl_batch_put(b, RTM_SETLINK, 0, CNI_ERR_KERNEL, 0, "link #%d: set %s", ifindex,
			    what);
}

void veth_put_identity(struct nl_batch *b, int ifindex, const char *alias)
{
	struct nlmsghdr *nlh = put_set(b, ifindex, "alias");
	struct nlattr *families, *inet6;

	put_ifinfo(nlh, ifindex);
	mnl_attr_put_u32(nlh, IFLA_GROUP, 0);
	mnl_attr_put_strz(nlh, IFLA_IFALIAS, alias);
	families = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, families);
}

static void put_flags(struct nl_batch *b, int ifindex, unsigned int flags)
{
	struct ifinfomsg *ifi = put_ifinfo(put_set(b, ifindex, "flags"), ifindex);

	ifi->ifi_flags = flags;
	ifi->ifi_change = flags;
}

void veth_put_up(struct nl_batch *b, int ifindex, bool is_noarp)
{
	put_flags(b, ifindex, IFF_UP | (is_noarp ? IFF_NOARP : 0));
}

void veth_put_noarp(struct nl_batch *b, int ifindex)
{
	put_flags(b, ifindex, IFF_NOARP);
}

void veth_put_mac_mtu(struct nl_batch *b, int ifindex, const uint8_t mac[6], uint32_t mtu)
{
	struct nlmsghdr *nlh = put_set(b, ifindex, "MAC address and MTU");

	put_ifinfo(nlh, ifindex);
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
}
