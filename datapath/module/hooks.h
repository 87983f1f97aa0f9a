/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IPVLAN_HOOKS_H
#define IPVLAN_HOOKS_H

#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <net/net_namespace.h>

/*
 * Who in this netns looks at IPv4 or IPv6 datagrams (@protocol, an Ethernet type) in a hook of
 * netfilter (NF_INET_*)? Rules, connection tracking, NAT, IPVS and BPF programs all hang there;
 * what nobody looks at, NULL, need not be shown to anybody. RCU.
 */
static inline const struct nf_hook_entries *ipvlan_hooks_at(const struct net *net, __be16 protocol,
							    unsigned int hook)
{
	return compat_hooks(net, protocol == htons(ETH_P_IP), hook);
}

/*
 * Shows them a datagram on its way out of skb->dev. 1: it may go on; else it is theirs now, to
 * drop, or to let go on to @next when they have decided.
 */
static inline int ipvlan_hooks_ask(const struct nf_hook_entries *hooks, unsigned int hook,
				   struct net *net, struct sk_buff *skb,
				   int (*next)(struct net *, struct sock *, struct sk_buff *))
{
	return compat_hooks_ask(hooks, skb->protocol == htons(ETH_P_IP), hook, net, skb, next);
}

#endif
