// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/route.h"

#include <errno.h>
#include <stdlib.h>
#include <linux/rtnetlink.h>
#include "pkg/nl/attr.h"

unsigned char route_scope(const struct route *r)
{
	if (r->scope >= 0)
		return (unsigned char)r->scope;
	return ip_is_set(&r->gw) || r->dst.ip.family == AF_INET6 ? RT_SCOPE_UNIVERSE :
								   RT_SCOPE_LINK;
}

static void put_metrics(struct nlmsghdr *nlh, const struct route *r)
{
	struct nlattr *metrics;

	if (!r->mtu && !r->advmss)
		return;
	metrics = mnl_attr_nest_start(nlh, RTA_METRICS);
	if (r->mtu)
		mnl_attr_put_u32(nlh, RTAX_MTU, r->mtu);
	if (r->advmss)
		mnl_attr_put_u32(nlh, RTAX_ADVMSS, r->advmss);
	mnl_attr_nest_end(nlh, metrics);
}

void route_put_new(struct nl_batch *b, const struct route *r)
{
	char dst[PREFIX_STR_MAX], gw[IP_STR_MAX];
	struct nlmsghdr *nlh =
		nl_batch_put(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, CNI_ERR_KERNEL, EEXIST,
			     "route %s%s%s: add", prefix_format(&r->dst, dst),
			     ip_is_set(&r->gw) ? " via " : "", ip_format(&r->gw, gw));
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	uint32_t table = r->table ? r->table : RT_TABLE_MAIN;

	rtm->rtm_family = r->dst.ip.family;
	rtm->rtm_dst_len = r->dst.len;
	rtm->rtm_table = table < 256 ? (unsigned char)table : RT_TABLE_UNSPEC;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_scope = route_scope(r);
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(nlh, RTA_TABLE, table);
	mnl_attr_put(nlh, RTA_DST, ip_size(&r->dst.ip), r->dst.ip.bytes);
	if (ip_is_set(&r->gw))
		mnl_attr_put(nlh, RTA_GATEWAY, ip_size(&r->gw), r->gw.bytes);
	mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)r->ifindex);
	if (r->priority)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, r->priority);
	put_metrics(nlh, r);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void read_metrics(const struct nlattr *metrics, struct route *r)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, metrics) {
		if (mnl_attr_get_type(attr) == RTAX_MTU)
			r->mtu = attr_u32(attr);
		else if (mnl_attr_get_type(attr) == RTAX_ADVMSS)
			r->advmss = attr_u32(attr);
	}
}

/* Of a route over several interfaces, the first one. */
static void read_nexthops(const struct nlattr *attr, struct route *r)
{
	const struct rtnexthop *nh = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) >= sizeof(*nh))
		r->ifindex = nh->rtnh_ifindex;
}

/*
 * False: not a route of the kind that is looked for (unicast, not a cached one, not table local).
 */
static bool read_route(const struct nlmsghdr *nlh, struct route *r)
{
	const struct rtmsg *rtm = msg_head(nlh, RTM_NEWROUTE, sizeof(*rtm));
	const struct nlattr *attr;

	if (!rtm || rtm->rtm_type != RTN_UNICAST || rtm->rtm_flags & RTM_F_CLONED)
		return false;
	*r = (struct route){ .dst = { .ip.family = rtm->rtm_family, .len = rtm->rtm_dst_len },
			     .table = rtm->rtm_table,
			     .scope = rtm->rtm_scope };
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		switch (mnl_attr_get_type(attr)) {
		case RTA_DST:
			attr_ip(attr, rtm->rtm_family, &r->dst.ip);
			break;
		case RTA_GATEWAY:
			attr_ip(attr, rtm->rtm_family, &r->gw);
			break;
		case RTA_OIF:
			r->ifindex = (int)attr_u32(attr);
			break;
		case RTA_PRIORITY:
			r->priority = attr_u32(attr);
			break;
		case RTA_TABLE:
			r->table = attr_u32(attr);
			break;
		case RTA_METRICS:
			read_metrics(attr, r);
			break;
		case RTA_MULTIPATH:
			read_nexthops(attr, r);
			break;
		}
	}
	return r->table != RT_TABLE_LOCAL;
}

static int dump_routes(struct nl *nl, uint8_t family, nl_reply_fn fn, void *ctx, struct err *err)
{
	_Alignas(NLMSG_ALIGNTO) char buf[NL_REQUEST_MAX];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family;
	return nl_dump(nl, nlh, fn, ctx, err);
}

struct list {
	int ifindex;
	struct route *v;
	size_t n, kept; /* kept: those of the family dumped before */
};

static int collect(const struct nlmsghdr *nlh, void *ctx)
{
	struct list *l = ctx;
	struct route r, *v;

	if (!nlh) {
		l->n = l->kept;
		return 0;
	}
	if (!read_route(nlh, &r) || (l->ifindex && r.ifindex != l->ifindex))
		return 0;
	v = reallocarray(l->v, l->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->v = v;
	l->v[l->n++] = r;
	return 0;
}

int route_list(struct nl *nl, int ifindex, struct route **out, size_t *count, struct err *err)
{
	struct list l = { .ifindex = ifindex };
	int rc = dump_routes(nl, AF_INET, collect, &l, err);

	l.kept = l.n;
	if (rc == 0)
		rc = dump_routes(nl, AF_INET6, collect, &l, err);
	if (rc < 0) {
		free(l.v);
		return rc;
	}
	*out = l.v;
	*count = l.n;
	return 0;
}

static int best_default(const struct nlmsghdr *nlh, void *ctx)
{
	struct route *best = ctx, r;

	if (!nlh)
		best->ifindex = 0;
	else if (read_route(nlh, &r) && r.dst.len == 0 && r.table == RT_TABLE_MAIN && r.ifindex &&
		 (!best->ifindex || r.priority < best->priority))
		*best = r;
	return 0;
}

int route_default_link(struct nl *nl, int *ifindex, struct err *err)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct route best = { 0 };

	for (size_t i = 0; i < sizeof(families) && !best.ifindex; i++) {
		int rc = dump_routes(nl, families[i], best_default, &best, err);

		if (rc < 0)
			return rc;
	}
	if (!best.ifindex)
		return -ENOENT;
	*ifindex = best.ifindex;
	return 0;
}
