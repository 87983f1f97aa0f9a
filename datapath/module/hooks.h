/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IPVLAN_HOOKS_H
#define IPVLAN_HOOKS_H

#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <net/net_namespace.h>

/*
 * Does anything in this netns look at IPv4 or IPv6 datagrams (@protocol, an Ethernet type) in one
 * of two hooks of netfilter (NF_INET_*)? Rules, connection tracking, NAT, IPVS and BPF programs
 * all hang there; what nobody looks at need not be shown to anybody.
 */
static inline bool ipvlan_hooks_any(const struct net *net, __be16 protocol, unsigned int one,
				    unsigned int other)
{
	struct nf_hook_entries __rcu *const *hooks =
		compat_hooks(net, protocol == htons(ETH_P_IP));

	return hooks && (rcu_access_pointer(hooks[one]) || rcu_access_pointer(hooks[other]));
}

#endif
