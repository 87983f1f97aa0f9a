// SPDX-License-Identifier: GPL-2.0-or-later
#include "tx.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <net/dst.h>
#include "mcast.h"
#include "neigh.h"
#include "parse.h"
#include "port.h"
#include "route.h"
#include "sender.h"

static int drop(struct ipvlan_slave *slave, struct sk_buff *skb, enum ipvlan_drop why)
{
	ipvlan_stats_drop(&slave->stats, why);
	kfree_skb(skb);
	return NET_XMIT_DROP;
}

/* The frame is gone already. */
static int dropped(struct ipvlan_slave *slave, enum ipvlan_drop why)
{
	ipvlan_stats_drop(&slave->stats, why);
	return NET_XMIT_DROP;
}

static int to_master(struct ipvlan_slave *slave, struct sk_buff *skb)
{
	int rc;

	skb->dev = slave->master;
	rc = dev_queue_xmit(skb);
	if (unlikely(rc != NET_XMIT_SUCCESS && rc != NET_XMIT_CN))
		return dropped(slave, IPVLAN_DROP_TX_MASTER);
	return rc;
}

/* To the host's own stack, as if the master had received it. */
static int to_host(struct ipvlan_slave *slave, struct sk_buff *skb)
{
	if (unlikely(dev_forward_skb(slave->master, skb) != NET_RX_SUCCESS))
		return dropped(slave, IPVLAN_DROP_TX_HOST);
	return NET_XMIT_SUCCESS;
}

static int to_slave(struct ipvlan_slave *from, struct ipvlan_slave *to, struct sk_buff *skb)
{
	const unsigned int len = skb->len;
	const bool is_gso = skb_is_gso(skb);

	if (unlikely(dev_forward_skb(to->dev, skb) != NET_RX_SUCCESS)) {
		if (!is_gso && len > READ_ONCE(to->dev->mtu) + VLAN_ETH_HLEN)
			return dropped(from, IPVLAN_DROP_TX_PEER_MTU);
		return dropped(from, IPVLAN_DROP_TX_PEER_FULL);
	}
	ipvlan_stats_rx(&to->stats, len);
	return NET_XMIT_SUCCESS;
}

/* What it says to a slave that speaks no ARP: a question is answered, the rest goes to the host. */
static int answer(struct ipvlan_slave *asker, struct ipvlan_slave *owner, struct sk_buff *skb,
		  const struct ipvlan_frame *frame)
{
	if (!ipvlan_frame_is_question(frame))
		return to_host(asker, skb);
	ipvlan_neigh_answer_sibling(owner, asker, skb, frame);
	consume_skb(skb);
	return NET_XMIT_SUCCESS;
}

/*
 * To our own MAC: one of the slaves, or the host. Like the others that parse, apart from the way to
 * the wire: the stack that it needs for it is guarded, and costs.
 */
static noinline int tx_l2_inside(struct ipvlan_slave *slave, struct sk_buff *skb,
				 const struct ethhdr *eth)
{
	struct ipvlan_frame frame __uninitialized;
	struct ipvlan_slave *to;
	unsigned int flags;

	if (!ipvlan_parse(skb, ETH_HLEN, eth->h_proto, &frame))
		return to_host(slave, skb);
	to = ipvlan_port_find(slave->port, &frame.to);
	if (!to)
		return to_host(slave, skb);
	flags = READ_ONCE(slave->flags) | READ_ONCE(to->flags);
	if (flags & IPVLAN_F_PRIVATE)
		return drop(slave, skb, IPVLAN_DROP_TX_PRIVATE);
	if (flags & IPVLAN_F_VEPA)
		return to_master(slave, skb);
	if (unlikely(frame.kind >= IPVLAN_FRAME_ARP) && READ_ONCE(to->mode) != IPVLAN_MODE_L2)
		return answer(slave, to, skb, &frame);
	return to_slave(slave, to, skb);
}

static noinline int tx_l2_multicast(struct ipvlan_slave *slave, struct sk_buff *skb,
				    const struct ethhdr *eth)
{
	const struct ipvlan_flood flood = { .sender = slave };
	struct ipvlan_frame frame __uninitialized;

	/* it would stop the master's link, and with it everyone on it (IEEE 802.3, 31B) */
	if (eth->h_proto == htons(ETH_P_PAUSE))
		return drop(slave, skb, IPVLAN_DROP_TX_PAUSE);
	if (ipvlan_parse(skb, ETH_HLEN, eth->h_proto, &frame) && ipvlan_frame_is_question(&frame))
		ipvlan_neigh_send(slave, skb, &frame);
	else
		ipvlan_mcast_send(slave, skb, &flood);
	return to_master(slave, skb);
}

static int tx_l2(struct ipvlan_slave *slave, struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	if (ether_addr_equal_64bits(eth->h_dest, slave->dev->dev_addr) &&
	    !(READ_ONCE(slave->flags) & IPVLAN_F_VEPA))
		return tx_l2_inside(slave, skb, eth);
	if (is_multicast_ether_addr_64bits(eth->h_dest))
		return tx_l2_multicast(slave, skb, eth);
	return to_master(slave, skb);
}

static enum ipvlan_drop reason(int err)
{
	switch (err) {
	case -EBADMSG:
		return IPVLAN_DROP_TX_MALFORMED;
	case -ENETUNREACH:
		return IPVLAN_DROP_TX_NO_ROUTE;
	default:
		return IPVLAN_DROP_TX_HOST;
	}
}

/*
 * Through the master's netns. The Ethernet header was written for nobody and is cut off. Routes,
 * hooks and neighbours want RCU: that bottom halves are off, as the core has them, is RCU too,
 * which lockdep alone has to be told.
 */
static int tx_l3_outside(struct ipvlan_slave *slave, struct sk_buff *skb)
{
	int err;

	skb_scrub_packet(skb, !net_eq(dev_net(slave->dev), dev_net(slave->master)));
	skb->protocol = eth_hdr(skb)->h_proto;
	__skb_pull(skb, ETH_HLEN);
	rcu_lock_acquire(&rcu_lock_map);
	err = ipvlan_route_send(skb, slave->port);
	rcu_lock_release(&rcu_lock_map);
	return likely(!err) ? NET_XMIT_SUCCESS : dropped(slave, reason(err));
}

static noinline int tx_l3(struct ipvlan_slave *slave, struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	struct ipvlan_frame frame __uninitialized;
	struct ipvlan_slave *to;
	unsigned int flags;

	if (!ipvlan_parse(skb, ETH_HLEN, eth->h_proto, &frame) || frame.kind == IPVLAN_FRAME_ARP ||
	    frame.kind == IPVLAN_FRAME_ARP_REQUEST)
		return drop(slave, skb, IPVLAN_DROP_TX_NOT_IP);
	if (is_multicast_ether_addr_64bits(eth->h_dest))
		return drop(slave, skb, IPVLAN_DROP_TX_L3_MULTICAST);
	to = ipvlan_port_find(slave->port, &frame.to);
	flags = to ? READ_ONCE(slave->flags) | READ_ONCE(to->flags) : 0;
	if (flags & IPVLAN_F_PRIVATE)
		return drop(slave, skb, IPVLAN_DROP_TX_PRIVATE);
	if (!to || flags & IPVLAN_F_VEPA)
		return tx_l3_outside(slave, skb);
	return to_slave(slave, to, skb);
}

static int tx_by_mode(struct ipvlan_slave *slave, struct sk_buff *skb)
{
	int why;

	if (unlikely(!pskb_may_pull(skb, ETH_HLEN)))
		return drop(slave, skb, IPVLAN_DROP_TX_SHORT);
	skb_reset_mac_header(skb);
	if (unlikely(READ_ONCE(slave->owner.is_locked))) {
		why = ipvlan_sender_vet(slave, skb);
		if (why != IPVLAN_SENDER_IS_CLEAN)
			return drop(slave, skb, why);
	}

	switch (READ_ONCE(slave->mode)) {
	case IPVLAN_MODE_L2:
		return tx_l2(slave, skb);
	default:
		return tx_l3(slave, skb);
	}
}

/* The core has bottom halves off, whatever else it holds: the table asks for no more. */
netdev_tx_t ipvlan_tx_frame(struct sk_buff *skb, struct net_device *dev)
{
	struct ipvlan_slave *slave = netdev_priv(dev);
	const unsigned int len = skb->len;
	const int rc = tx_by_mode(slave, skb);

	if (likely(rc != NET_XMIT_DROP))
		ipvlan_stats_tx(&slave->stats, len);
	return rc;
}
