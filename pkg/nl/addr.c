// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/addr.h"

#include <errno.h>
#include <stdlib.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include "pkg/nl/attr.h"

/* IPv4's broadcast address: the last one, where the network has room for it (RFC 3021 has none). */
static void put_broadcast(struct nlmsghdr *nlh, const struct prefix *address)
{
	struct ip last = prefix_last(address);

	if (last.family == AF_INET && address->len < 31)
		mnl_attr_put(nlh, IFA_BROADCAST, 4, last.bytes);
}

void addr_put_new(struct nl_batch *b, int ifindex, const struct prefix *address)
{
	char text[PREFIX_STR_MAX];
	struct nlmsghdr *nlh = nl_batch_put(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
					    CNI_ERR_KERNEL, 0, "address %s: add",
					    prefix_format(address, text));
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	ifa->ifa_family = address->ip.family;
	ifa->ifa_prefixlen = address->len;
	ifa->ifa_flags = address->ip.family == AF_INET6 ? IFA_F_NODAD : 0;
	ifa->ifa_index = (uint32_t)ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, ip_size(&address->ip), address->ip.bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, ip_size(&address->ip), address->ip.bytes);
	put_broadcast(nlh, address);
}

struct list {
	int ifindex;
	struct prefix *v;
	size_t n;
};

static int read_addr(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr, *local = NULL, *address = NULL;
	const struct ifaddrmsg *ifa;
	struct list *l = ctx;
	struct prefix p, *v;

	if (!nlh) {
		l->n = 0;
		return 0;
	}
	ifa = msg_head(nlh, RTM_NEWADDR, sizeof(*ifa));
	if (!ifa)
		return 0;
	p = (struct prefix){ .ip.family = ifa->ifa_family, .len = ifa->ifa_prefixlen };
	if ((int)ifa->ifa_index != l->ifindex || ifa->ifa_scope != RT_SCOPE_UNIVERSE ||
	    !ip_size(&p.ip))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		if (mnl_attr_get_type(attr) == IFA_LOCAL)
			local = attr;
		else if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			address = attr;
	}
	if (!local) /* IPv6 says only IFA_ADDRESS; of a point-to-point IPv4 one that is the peer */
		local = address;
	if (!local)
		return 0;
	attr_ip(local, ifa->ifa_family, &p.ip);
	v = reallocarray(l->v, l->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->v = v;
	l->v[l->n++] = p;
	return 0;
}

int addr_list(struct nl *nl, int ifindex, struct prefix **out, size_t *count, struct err *err)
{
	_Alignas(NLMSG_ALIGNTO) char buf[NL_REQUEST_MAX];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa;
	struct list l = { .ifindex = ifindex };
	int rc;

	nlh->nlmsg_type = RTM_GETADDR;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_index = (uint32_t)ifindex;
	rc = nl_dump(nl, nlh, read_addr, &l, err);
	if (rc < 0) {
		free(l.v);
		return rc;
	}
	*out = l.v;
	*count = l.n;
	return 0;
}

static int read_type(const struct nlmsghdr *nlh, void *ctx)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type == RTM_NEWROUTE && mnl_nlmsg_get_payload_len(nlh) >= sizeof(*rtm))
		*(unsigned char *)ctx = rtm->rtm_type;
	return 0;
}

/* Where a packet to it would go says that without a look at all addresses. */
bool addr_is_local(struct nl *nl, const struct ip *ip)
{
	unsigned char type = RTN_UNSPEC;
	struct nl_batch b;
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;

	nl_batch_begin(&b, nl, read_type, &type, NULL);
	nlh = nl_batch_put(&b, RTM_GETROUTE, 0, CNI_ERR_KERNEL, 0, "route: look up");
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = ip->family;
	rtm->rtm_dst_len = (unsigned char)ip_bits(ip);
	mnl_attr_put(nlh, RTA_DST, ip_size(ip), ip->bytes);
	return nl_batch_commit(&b) == 0 && type == RTN_LOCAL;
}
