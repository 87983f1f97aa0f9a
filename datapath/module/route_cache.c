// SPDX-License-Identifier: GPL-2.0-or-later
#include "route_cache.h"

#include <linux/hash.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/inet_ecn.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>

/* Written once, before it is to be seen. */
struct ipvlan_route {
	struct ipvlan_flow flow;
	struct dst_entry *dst;
	u32 cookie; /* IPv6: what the route must not have changed since */
	struct rcu_head rcu;
};

static void flow_of(struct ipvlan_flow *flow, const struct sk_buff *skb)
{
	const struct ipv6hdr *ipv6 = ipv6_hdr(skb);
	const struct iphdr *ipv4 = ip_hdr(skb);

	if (skb->protocol == htons(ETH_P_IP)) {
		flow->words[0] = ipv4->protocol << 8 | (ipv4->tos & ~INET_ECN_MASK);
		memcpy(flow->words + 1, &ipv4->addrs, sizeof(ipv4->addrs));
		flow->count = 2;
	} else {
		flow->words[0] = (u64)ipv6->nexthdr << 32 | (__force u32)ip6_flowinfo(ipv6);
		memcpy(flow->words + 1, &ipv6->addrs, sizeof(ipv6->addrs));
		flow->count = 5;
	}
}

static bool is_same(const struct ipvlan_flow *a, const struct ipvlan_flow *b)
{
	unsigned int i;

	if (a->count != b->count || a->words[0] != b->words[0] || a->words[1] != b->words[1])
		return false;
	for (i = 2; i < a->count; i++)
		if (a->words[i] != b->words[i])
			return false;
	return true;
}

/* Not keyed: who makes flows collide makes them be looked up, as without a cache. */
static struct ipvlan_route __rcu **slot_of(struct ipvlan_route_cache *cache,
					   const struct ipvlan_flow *flow)
{
	u64 sum = flow->words[0] * 31 + flow->words[1];
	unsigned int i;

	for (i = 2; i < flow->count; i++)
		sum = sum * 31 + flow->words[i];
	return cache->slots + hash_64(sum, IPVLAN_ROUTE_CACHE_BITS);
}

struct dst_entry *ipvlan_route_cache_find(struct ipvlan_route_cache *cache,
					  const struct sk_buff *skb, struct ipvlan_flow *flow)
{
	const struct ipvlan_route *route;

	flow_of(flow, skb);
	route = rcu_dereference(*slot_of(cache, flow));
	if (!route || !is_same(&route->flow, flow))
		return NULL;
	return dst_check(route->dst, route->cookie);
}

/* Who found it may still use it; the core frees a route that nobody holds a grace period later. */
static void drop(struct ipvlan_route *route)
{
	if (!route)
		return;
	dst_release(route->dst);
	kfree_rcu(route, rcu);
}

void ipvlan_route_cache_keep(struct ipvlan_route_cache *cache, const struct ipvlan_flow *flow,
			     struct dst_entry *dst)
{
	struct ipvlan_route *route = kmalloc(sizeof(*route), GFP_ATOMIC | __GFP_NOWARN);

	if (!route) {
		dst_release(dst);
		return;
	}
	route->flow = *flow;
	route->dst = dst;
	route->cookie = dst->ops->family == AF_INET6 ? rt6_get_cookie(dst_rt6_info(dst)) : 0;
	drop(unrcu_pointer(xchg(slot_of(cache, flow), RCU_INITIALIZER(route))));
}

void ipvlan_route_cache_flush(struct ipvlan_route_cache *cache)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cache->slots); i++)
		if (rcu_access_pointer(cache->slots[i]))
			drop(unrcu_pointer(xchg(&cache->slots[i], NULL)));
}
