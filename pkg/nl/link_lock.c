// SPDX-License-Identifier: GPL-2.0-or-later
/* The address lock of a slave: datapath/include/ipvlan.h says what it is. */
#include <linux/rtnetlink.h>
#include "datapath/include/ipvlan.h"
#include "pkg/nl/attr.h"
#include "pkg/nl/link.h"

#define ADDRESSES_MAX 32 /* in one request: they fit into NL_REQUEST_MAX */

static void put_lock(struct nl_batch *b, int ifindex, const char *name, bool is_locked,
		     const struct ip *allowed, size_t n)
{
	struct nlmsghdr *nlh = nl_batch_put(b, RTM_NEWLINK, 0, CNI_ERR_KERNEL, 0, "link %s: %s",
					    name, is_locked ? "lock" : "unlock");
	struct nlattr *info, *data, *list;
	struct ifinfomsg *ifi;

	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, IPVLAN_KIND);
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u8(nlh, IFLA_IPVLAN_LOCK, is_locked);
	if (n) {
		list = mnl_attr_nest_start(nlh, IFLA_IPVLAN_LOCK_ADDRS);
		for (size_t i = 0; i < n; i++)
			mnl_attr_put(nlh, IFLA_IPVLAN_LOCK_ADDR,
				     allowed[i].family == AF_INET ? 4 : 16, allowed[i].bytes);
		mnl_attr_nest_end(nlh, list);
	}
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

/* What is allowed adds up, so that many addresses may come in several requests. */
int link_lock(struct nl *nl, int ifindex, const char *name, const struct ip *allowed,
	      size_t n_allowed, struct err *err)
{
	struct nl_batch b;
	size_t done = 0, n;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	do {
		n = n_allowed - done < ADDRESSES_MAX ? n_allowed - done : ADDRESSES_MAX;
		put_lock(&b, ifindex, name, true, allowed + done, n);
		done += n;
	} while (done < n_allowed);
	return nl_batch_commit(&b);
}

int link_unlock(struct nl *nl, int ifindex, const char *name, struct err *err)
{
	struct nl_batch b;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	put_lock(&b, ifindex, name, false, NULL, 0);
	return nl_batch_commit(&b);
}
