// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The path of a datagram, in the master's netns but for its end:
 *
 *	ip_rcv()		PREROUTING, which may write another destination
 *	ip_rcv_finish()
 *	  divert()		l3mdev asks us. A slave's? Then its route is the port's input route,
 *	  input_ipv4()		which leads here instead of to ip_local_deliver(): INPUT
 *	    give()		and into the slave's netns
 *
 * The route is a value without a netns: it only says "to input_ipv4()". No hook of netfilter's is
 * taken, so ours cannot come before one that must be seen, as the confirmation of connections is,
 * which asks to be the last.
 */
#include "l3s.h"

#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "handover.h"
#include "hooks.h"
#include "port.h"

static struct ipvlan_slave *find(struct ipvlan_port *port, const struct sk_buff *skb)
{
	struct ipvlan_slave *slave;
	struct ipvlan_addr to;

	if (skb->protocol == htons(ETH_P_IP))
		ipvlan_addr_set_v4(&to, ip_hdr(skb)->daddr);
	else
		ipvlan_addr_set_v6(&to, &ipv6_hdr(skb)->daddr);
	slave = ipvlan_port_find(port, &to);
	return slave && READ_ONCE(slave->mode) == IPVLAN_MODE_L3S ? slave : NULL;
}

/*
 * After INPUT. The datagram may have waited in a queue for a program's verdict: its slave, and the
 * whole port, may be gone. What the host's netns tied to it is cut off, a socket that a rule chose
 * included.
 */
static int give(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct ipvlan_port *port = ipvlan_port_of_rcu(skb->dev);
	struct ipvlan_slave *slave = port ? find(port, skb) : NULL;

	if (unlikely(!slave)) {
		dev_core_stats_rx_dropped_inc(skb->dev);
		kfree_skb(skb);
		return NET_RX_DROP;
	}
	skb_orphan(skb);
	skb_dst_drop(skb);
	ipvlan_stats_rx(&slave->stats, skb->len + ETH_HLEN);
	ipvlan_hand_over(skb, slave->dev);
	return netif_receive_skb(skb);
}

/* The host's rules for INPUT are written for whole datagrams. */
static int input_ipv4(struct sk_buff *skb)
{
	struct net *net = dev_net(skb->dev);

	if (ip_is_fragment(ip_hdr(skb)) && ip_defrag(net, skb, IP_DEFRAG_LOCAL_DELIVER))
		return 0;
	return NF_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_IN, net, NULL, skb, skb->dev, NULL, give);
}

/* Fragments of IPv6 pass INPUT as they are, the host's own too. */
static int input_ipv6(struct sk_buff *skb)
{
	return NF_HOOK(NFPROTO_IPV6, NF_INET_LOCAL_IN, dev_net(skb->dev), NULL, skb, skb->dev,
		       NULL, give);
}

/* l3mdev_l3_rcv. What a rule has given to a socket of the host's (TPROXY) stays with it. */
static struct sk_buff *divert(struct net_device *master, struct sk_buff *skb, u16 family)
{
	struct ipvlan_port *port = rcu_dereference(master->rx_handler_data);
	struct dst_entry *input;

	if (!port || skb->sk || !find(port, skb))
		return skb;
	input = family == AF_INET ? READ_ONCE(port->input_ipv4) : READ_ONCE(port->input_ipv6);
	if (likely(input)) {
		skb_dst_drop(skb);
		skb_dst_set_noref(skb, input);
	}
	return skb;
}

static const struct l3mdev_ops l3mdev_ops = { .l3mdev_l3_rcv = divert };

bool ipvlan_l3s_is_watched(const struct sk_buff *skb)
{
	const struct net *net = dev_net(skb->dev);

	return ipvlan_hooks_at(net, skb->protocol, NF_INET_PRE_ROUTING) ||
	       ipvlan_hooks_at(net, skb->protocol, NF_INET_LOCAL_IN);
}

static void input_end(struct dst_entry **input)
{
	struct dst_entry *dst = *input;

	WRITE_ONCE(*input, NULL);
	if (!dst)
		return;
	dst_dev_put(dst);
	dst_release(dst);
}

/*
 * The routes outlive no port, but may outlive the netns that the master is in now: IPv6's count
 * is kept by the first netns, which stays.
 */
static int inputs_begin(struct ipvlan_port *port)
{
	struct rtable *ipv4;
	struct rt6_info *ipv6;

	ipv4 = rt_dst_alloc(port->master, 0, RTN_LOCAL, true);
	if (!ipv4)
		return -ENOMEM;
	ipv4->rt_is_input = 1;
	ipv4->dst.input = input_ipv4;
	WRITE_ONCE(port->input_ipv4, &ipv4->dst);

	if (!ipv6_mod_enabled())
		return 0;
	ipv6 = ip6_dst_alloc(&init_net, port->master, DST_NOXFRM);
	if (!ipv6) {
		input_end(&port->input_ipv4);
		return -ENOMEM;
	}
	ipv6->dst.input = input_ipv6;
	WRITE_ONCE(port->input_ipv6, &ipv6->dst);
	return 0;
}

int ipvlan_l3s_vet(const struct net_device *master, struct netlink_ext_ack *extack)
{
	if (!IS_ENABLED(CONFIG_NET_L3_MASTER_DEV)) {
		NL_SET_ERR_MSG_MOD(extack, "mode l3s needs a kernel with l3mdev; use l3");
		return -EINVAL;
	}
	if (netif_is_l3_slave(master)) {
		NL_SET_ERR_MSG_MOD(extack, "master is in a VRF, which l3s cannot be; use l3");
		return -EINVAL;
	}
	return 0;
}

int ipvlan_l3s_join(struct ipvlan_slave *slave)
{
	struct ipvlan_port *port = slave->port;
	int err;

	if (!port->l3s_slaves) {
		err = inputs_begin(port);
		if (err)
			return err;
		port->master->l3mdev_ops = &l3mdev_ops;
		smp_wmb(); /* whoever sees the flag uses the operations without a look */
		port->master->priv_flags |= IFF_L3MDEV_RX_HANDLER;
	}
	port->l3s_slaves++;
	return 0;
}

/* Someone may have seen the flag: the operations stay until the port has ended. */
void ipvlan_l3s_leave(struct ipvlan_slave *slave)
{
	struct ipvlan_port *port = slave->port;

	if (--port->l3s_slaves)
		return;
	port->master->priv_flags &= ~IFF_L3MDEV_RX_HANDLER;
	input_end(&port->input_ipv4);
	input_end(&port->input_ipv6);
}

/* Its port's end has waited for everyone who was receiving. */
void ipvlan_l3s_forget(struct net_device *master)
{
	if (!ipvlan_port_of(master) && master->l3mdev_ops == &l3mdev_ops)
		master->l3mdev_ops = NULL;
}

/*
 * No port is left, so nothing new comes to INPUT; but programs may still hold datagrams in their
 * queues, and each would come to give().
 */
void ipvlan_l3s_exit(void)
{
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net)
		compat_nf_queue_flush(net);
	up_read(&net_rwsem);
	synchronize_rcu();
}
