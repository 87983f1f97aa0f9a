// SPDX-License-Identifier: GPL-2.0-or-later
#include "route.h"

#include <linux/ip.h>
#include <linux/netdevice.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>
#include <net/sock.h>
#include "hooks.h"
#include "port.h"

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
	if (hlen < sizeof(*ip) || (hlen > sizeof(*ip) && !pskb_may_pull(skb, hlen)))
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

/*
 * A lookup that names the device takes what has no route for a neighbour on its wire, and with it
 * what the host refuses: unreachable, prohibit, blackhole. A slave keeps to those as to any route.
 */
static bool is_refused(struct net *net, const struct rtable *rt, struct flowi4 *fl4)
{
	struct fib_result route;
	int err;

	if (rt->rt_gw_family)
		return false;
	err = fib_lookup(net, fl4, &route, 0);
	return err && err != -ENETUNREACH;
}

/* The slave's address is none of the host's, so any source is let through. */
static struct dst_entry *look_up_ipv4(const struct sk_buff *skb, struct net_device *master)
{
	const struct iphdr *ip = ip_hdr(skb);
	struct rtable *rt;
	struct flowi4 fl4;

	flowi4_init_output(&fl4, master->ifindex, 0, ip->tos & INET_DSCP_MASK, RT_SCOPE_UNIVERSE,
			   ip->protocol, FLOWI_FLAG_ANYSRC, ip->daddr, ip->saddr, 0, 0,
			   GLOBAL_ROOT_UID);
	rt = ip_route_output_flow(dev_net(master), &fl4, NULL);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	if ((rt->rt_type != RTN_UNICAST && rt->rt_type != RTN_LOCAL) ||
	    is_refused(dev_net(master), rt, &fl4)) {
		ip_rt_put(rt);
		return ERR_PTR(-ENETUNREACH);
	}
	return &rt->dst;
}

static struct dst_entry *look_up_ipv6(const struct sk_buff *skb, struct net_device *master)
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
	int err;

	dst = ip6_route_output(dev_net(master), NULL, &fl6);
	err = dst->error;
	if (!err)
		return dst;
	dst_release(dst);
	return ERR_PTR(err);
}

/* Apart from who sends, for the sake of the stack: it is rare, and what it calls goes deep. */
static noinline struct dst_entry *look_up(const struct sk_buff *skb, struct ipvlan_port *port,
					  const struct ipvlan_flow *flow)
{
	struct dst_entry *dst;

	if (skb->protocol == htons(ETH_P_IP))
		dst = look_up_ipv4(skb, port->master);
	else
		dst = look_up_ipv6(skb, port->master);
	if (IS_ERR(dst))
		return dst;
	/*
	 * IPv6 takes the master for a wish where the source is given. Out of a slave the frame
	 * would be here again, and again.
	 */
	if (dst->dev->netdev_ops == skb->dev->netdev_ops) {
		dst_release(dst);
		return ERR_PTR(-ENETUNREACH);
	}
	ipvlan_route_cache_keep(&port->routes, flow, dst);
	return dst;
}

static int find(struct sk_buff *skb, struct ipvlan_port *port)
{
	struct ipvlan_flow flow __uninitialized;
	struct dst_entry *dst;
	int err;

	skb_reset_network_header(skb);
	if (skb->protocol == htons(ETH_P_IP))
		err = check_ipv4(skb);
	else if (ipv6_mod_enabled())
		err = check_ipv6(skb);
	else
		err = -EAFNOSUPPORT;
	if (err)
		return err;

	dst = ipvlan_route_cache_find(&port->routes, skb, &flow) ?: look_up(skb, port, &flow);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	skb_dst_set_noref(skb, dst);
	return 0;
}

/* Every link carries this much (RFC 791, 3.2; RFC 8200, 5): most datagrams ask no route. */
static unsigned int least_mtu(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IP) ? IPV4_MIN_MTU : IPV6_MIN_MTU;
}

static bool fits(const struct sk_buff *skb, const struct dst_entry *dst)
{
	if (skb_is_gso(skb))
		return skb_gso_validate_network_len(skb, dst_mtu(dst));
	return skb->len <= least_mtu(skb) || skb->len <= dst_mtu(dst);
}

/* Is it the neighbour that comes next, with nothing between, neither a cut nor a tunnel? */
static bool is_plain(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return dst->dev == skb->dev && !dst->lwtstate &&
	       dst->output == (skb->protocol == htons(ETH_P_IP) ? ip_output : ip6_output) &&
	       skb_headroom(skb) >= LL_RESERVED_SPACE(skb->dev) && fits(skb, dst);
}

/*
 * Would the host's output path do nothing but ask POSTROUTING and hand over to the neighbour? Not
 * where somebody looks at it before, or a VRF has a say.
 */
static bool is_short(const struct sk_buff *skb, const struct net_device *master)
{
	return !ipvlan_hooks_at(dev_net(master), skb->protocol, NF_INET_LOCAL_OUT) &&
	       !netif_is_l3_slave(master) && is_plain(skb);
}

static int to_neighbour(struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	struct neighbour *neigh;
	bool is_other_family = false; /* an IPv4 route by way of an IPv6 router */

	if (skb->protocol == htons(ETH_P_IP))
		neigh = ip_neigh_for_gw(skb_rtable(skb), skb, &is_other_family);
	else
		neigh = ip_neigh_gw6(dst->dev,
				     rt6_nexthop(dst_rt6_info(dst), &ipv6_hdr(skb)->daddr));
	if (IS_ERR(neigh)) {
		kfree_skb(skb);
		return PTR_ERR(neigh);
	}
	sock_confirm_neigh(skb, neigh);
	return neigh_output(neigh, skb, is_other_family);
}

/* After POSTROUTING, which may have written another route; what it has seen it sees no more. */
static int finish(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	if (is_plain(skb))
		return to_neighbour(skb);
	if (skb->protocol == htons(ETH_P_IP)) {
		IPCB(skb)->flags |= IPSKB_REROUTED;
		return ip_output(net, sk, skb);
	}
	IP6CB(skb)->flags |= IP6SKB_REROUTED;
	return ip6_output(net, sk, skb);
}

/* POSTROUTING and the neighbour. What the hook has left as it was needs no second look. */
static int send_short(struct net *net, struct sk_buff *skb)
{
	const struct nf_hook_entries *hooks =
		ipvlan_hooks_at(net, skb->protocol, NF_INET_POST_ROUTING);
	const struct dst_entry *dst = skb_dst(skb);
	const unsigned int len = skb->len;
	int rc;

	if (!hooks)
		return to_neighbour(skb);
	rc = ipvlan_hooks_ask(hooks, NF_INET_POST_ROUTING, net, skb, finish);
	if (rc != 1)
		return rc;
	return skb_dst(skb) == dst && skb->len == len ? to_neighbour(skb) : finish(net, NULL, skb);
}

/*
 * No socket goes along: the sender's belongs to another netns and, for a packet socket, to another
 * protocol. skb->cb is what the slave's stack left there and would be read as IP options.
 */
static int send(struct sk_buff *skb, struct net_device *master)
{
	struct net *net = dev_net(master);

	skb->dev = master;
	BUILD_BUG_ON(sizeof(*IPCB(skb)) > sizeof(*IP6CB(skb)));
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	if (is_short(skb, master))
		return send_short(net, skb);
	if (skb->protocol == htons(ETH_P_IP))
		return ip_local_out(net, NULL, skb);
	return ip6_local_out(net, NULL, skb);
}

int ipvlan_route_send(struct sk_buff *skb, struct ipvlan_port *port)
{
	int rc = find(skb, port);

	if (unlikely(rc)) {
		kfree_skb(skb);
		return rc == -EBADMSG ? rc : -ENETUNREACH;
	}
	rc = send(skb, port->master);
	return likely(rc == NET_XMIT_SUCCESS || rc == NET_XMIT_CN) ? 0 : -ENOBUFS;
}
