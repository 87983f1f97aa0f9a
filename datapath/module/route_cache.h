/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes that were found lately, of one port. A flow has one place in the cache, which the latest
 * flow takes; so it never grows, and nothing in it is older than what the kernel still stands by:
 * a route is asked each time whether it still holds, as sockets do with theirs. A route that has
 * changed, a learned path MTU, a device that went down: all answer no.
 */
#ifndef IPVLAN_ROUTE_CACHE_H
#define IPVLAN_ROUTE_CACHE_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#define IPVLAN_ROUTE_CACHE_BITS	10

struct dst_entry;
struct ipvlan_route;
struct sk_buff;

struct ipvlan_route_cache {
	struct ipvlan_route __rcu *slots[1 << IPVLAN_ROUTE_CACHE_BITS];
};

/* All that a route is chosen by, in words that are equal for equal flows. */
struct ipvlan_flow {
	unsigned int count;
	u64 words[5];
};

/*
 * The route of a datagram, IPv4 or IPv6 by skb->protocol, its header in the linear part; or NULL if
 * there is none that holds. Borrowed: RCU. *flow is then what it may be kept by.
 */
struct dst_entry *ipvlan_route_cache_find(struct ipvlan_route_cache *cache,
					  const struct sk_buff *skb, struct ipvlan_flow *flow);

/* Takes the reference on @dst over. The caller may go on using it as if it had been found. */
void ipvlan_route_cache_keep(struct ipvlan_route_cache *cache, const struct ipvlan_flow *flow,
			     struct dst_entry *dst);

void ipvlan_route_cache_flush(struct ipvlan_route_cache *cache);

#endif
