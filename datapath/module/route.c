// SPDX-License-Identifier: GPL-2.0-or-later
#include "route.h"

#include <linux/ip.h>
#include <linux/netdevice.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

/*
 * The host's output path trusts the headers that its own sockets write. These may come from a
 * packet socket: they are brought into the linear part, checked, and padding behind the datagram
 * is cut. The output path writes the lengths itself; those of a GSO frame need not fit.
 */
static int check_ipv4(struct sk_buff *skb)
{
	const struct iphdr *ip;
	unsigned int hlen, len;

	if (!pskb_may_pull(skb, sizeof(*ip)))
		return -EBADMSG;
	hlen = ip_hdrlen(skb);
	if (hlen < sizeof(*ip) || !pskb_may_pull(skb, hlen))
		return -EBADMSG;
	if (skb_is_gso(skb))
		return 0;
	ip = ip_hdr(skb);
	len = ntohs(ip->tot_len);
	if (ip->version != 4 || len < hlen || skb->len < len)
		return -EBADMSG;
	return pskb_trim(skb, len);
}

static int check_ipv6(struct sk_buff *skb)
{
	const struct ipv6hdr *ip;
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(*ip)))
		return -EBADMSG;
	if (skb_is_gso(skb))
		return 0;
	ip = ipv6_hdr(skb);
	len = sizeof(*ip) + ntohs(ip->payload_len);
	if (ip->version != 6 || skb->len < len)
		return -EBADMSG;
	return pskb_trim(skb, len);
}

/* The slave's address is none of the host's, so any source is let through. */
static int find_ipv4(struct sk_buff *skb, struct net_device *master)
{
	const struct iphdr *ip = ip_hdr(skb);
	struct rtable *rt;
	struct flowi4 fl4;

	flowi4_init_output(&fl4, master->ifindex, 0, ip->tos & INET_DSCP_MASK, RT_SCOPE_UNIVERSE,
			   ip->protocol, FLOWI_FLAG_ANYSRC, ip->daddr, ip->saddr, 0, 0,
			   GLOBAL_ROOT_UID);
	rt = ip_route_output_flow(dev_net(master), &fl4, NULL);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	skb_dst_set(skb, &rt->dst);
	if (rt->rt_type != RTN_UNICAST && rt->rt_type != RTN_LOCAL)
		return -ENETUNREACH;
	return 0;
}

static int find_ipv6(struct sk_buff *skb, struct net_device *master)
{
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	struct dst_entry *dst;
	struct flowi6 fl6 = {
		.flowi6_oif = master->ifindex,
		.daddr = ip->daddr,
		.saddr = ip->saddr,
		.flowi6_flags = FLOWI_FLAG_ANYSRC,
		.flowlabel = ip6_flowinfo(ip),
		.flowi6_proto = ip->nexthdr,
	};

	dst = ip6_route_output(dev_net(master), NULL, &fl6);
	skb_dst_set(skb, dst);
	return dst->error;
}

int ipvlan_route_find(struct sk_buff *skb, struct net_device *master)
{
	int err;

	skb_reset_network_header(skb);
	if (skb->protocol == htons(ETH_P_IP)) {
		err = check_ipv4(skb);
		return err ?: find_ipv4(skb, master);
	}
	if (!ipv6_mod_enabled())
		return -EAFNOSUPPORT;
	err = check_ipv6(skb);
	return err ?: find_ipv6(skb, master);
}

/*
 * No socket goes along: the sender's belongs to another netns and, for a packet socket, to another
 * protocol. skb->cb is what the slave's stack left there and would be read as IP options.
 */
int ipvlan_route_send(struct sk_buff *skb, struct net_device *master)
{
	struct net *net = dev_net(master);
	int rc;

	skb->dev = master;
	memset(skb->cb, 0, sizeof(skb->cb));
	if (skb->protocol == htons(ETH_P_IP))
		rc = ip_local_out(net, NULL, skb);
	else
		rc = ip6_local_out(net, NULL, skb);
	return net_xmit_eval(rc);
}
