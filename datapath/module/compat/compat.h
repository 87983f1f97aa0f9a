/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that differs from kernel to kernel, included before every file of the module. The COMPAT_
 * names are decided by Kbuild.include. The rest of the module is written for the newest kernel;
 * here its names are given to what an older one has instead.
 */
#ifndef IPVLAN_COMPAT_H
#define IPVLAN_COMPAT_H

#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/rtnetlink.h>

#ifdef COMPAT_NETDEV_LOCK_H
#include <net/netdev_lock.h>
#endif
#ifdef COMPAT_GSO_H
#include <net/gso.h>
#endif

/* Slaves take no lock of their own to transmit. */
static inline void compat_netdev_set_lltx(struct net_device *dev)
{
#ifdef COMPAT_LLTX_BIT
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/*
 * Drops what NFQUEUE holds in a netns. Exported by every kernel, and declared in no header that one
 * gets to see.
 */
#ifdef CONFIG_NETFILTER
void nf_queue_nf_hook_drop(struct net *net);
#define compat_nf_queue_flush nf_queue_nf_hook_drop
#else
static inline void compat_nf_queue_flush(struct net *net) {}
#endif

/* Who hangs in a hook (NF_INET_*) of a netns; NULL: nobody, as without netfilter. RCU. */
static inline const struct nf_hook_entries *compat_hooks(const struct net *net, bool is_v4,
							 unsigned int hook)
{
#ifdef CONFIG_NETFILTER
	return is_v4 ? rcu_dereference(net->nf.hooks_ipv4[hook]) :
		       rcu_dereference(net->nf.hooks_ipv6[hook]);
#else
	return NULL;
#endif
}

/* nf_hook_slow() of those that are known to be there; see hooks.h. */
static inline int compat_hooks_ask(const struct nf_hook_entries *hooks, bool is_v4,
				   unsigned int hook, struct net *net, struct sk_buff *skb,
				   int (*next)(struct net *, struct sock *, struct sk_buff *))
{
#ifdef CONFIG_NETFILTER
	struct nf_hook_state state __uninitialized;

	nf_hook_state_init(&state, hook, is_v4 ? NFPROTO_IPV4 : NFPROTO_IPV6, skb->dev, skb->dev,
			   NULL, net, next);
	return nf_hook_slow(skb, &state, hooks, 0);
#else
	return 1;
#endif
}

#ifndef COMPAT_NETIF_GET_FLAGS
#define netif_get_flags dev_get_flags
#endif

/* The newer name is in a symbol namespace of its own. */
#ifdef COMPAT_NETIF_PRE_CHANGEADDR
#define COMPAT_MODULE_NS MODULE_IMPORT_NS("NETDEV_INTERNAL")
#else
#define netif_pre_changeaddr_notify dev_pre_changeaddr_notify
#define COMPAT_MODULE_NS static_assert(true)
#endif

/*
 * COMPAT_NEWLINK(entry, newlink) defines entry() with the signature that this kernel's ->newlink()
 * has, calling newlink() with the newest one's.
 */
#ifdef COMPAT_NEWLINK_PARAMS
#define COMPAT_NEWLINK(entry, newlink)							\
static int entry(struct net_device *dev, struct rtnl_newlink_params *params,		\
		 struct netlink_ext_ack *extack)					\
{											\
	return newlink(dev, params, extack);						\
}
#else
struct rtnl_newlink_params {
	struct net *link_net;
	struct nlattr **tb;
	struct nlattr **data;
};

static inline struct net *rtnl_newlink_link_net(struct rtnl_newlink_params *params)
{
	return params->link_net;
}

#define COMPAT_NEWLINK(entry, newlink)							\
static int entry(struct net *link_net, struct net_device *dev, struct nlattr *tb[],	\
		 struct nlattr *data[], struct netlink_ext_ack *extack)			\
{											\
	struct rtnl_newlink_params params = {						\
		.link_net = link_net, .tb = tb, .data = data,				\
	};										\
											\
	return newlink(dev, &params, extack);						\
}
#endif

#endif
