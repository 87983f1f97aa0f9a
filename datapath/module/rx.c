// SPDX-License-Identifier: GPL-2.0-or-later
#include "rx.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include "handover.h"
#include "l3s.h"
#include "mcast.h"
#include "neigh.h"
#include "parse.h"
#include "port.h"

/* The stack takes it up again as if the slave had received it: taps, ingress hooks, protocols. */
static rx_handler_result_t to_slave(struct ipvlan_slave *slave, struct sk_buff **pskb)
{
	struct sk_buff *skb = skb_share_check(*pskb, GFP_ATOMIC);

	*pskb = skb;
	if (unlikely(!skb)) {
		ipvlan_stats_drop(&slave->stats, IPVLAN_DROP_RX_NOMEM);
		return RX_HANDLER_CONSUMED;
	}
	ipvlan_stats_rx(&slave->stats, skb->len + ETH_HLEN);
	ipvlan_hand_over(skb, slave->dev);
	return RX_HANDLER_ANOTHER;
}

/*
 * An l3 slave speaks no ARP: what it is asked is answered here, the rest is the host's. A host that
 * keeps ARP off its wire wants none of ours there either.
 */
static rx_handler_result_t rx_neigh(struct ipvlan_slave *slave, const struct ipvlan_frame *frame,
				    struct sk_buff *skb)
{
	if (!ipvlan_frame_is_question(frame) || slave->master->flags & IFF_NOARP)
		return RX_HANDLER_PASS;
	ipvlan_neigh_answer_wire(slave, skb, frame);
	consume_skb(skb);
	return RX_HANDLER_CONSUMED;
}

static rx_handler_result_t rx_by_mode(struct ipvlan_slave *slave, const struct ipvlan_frame *frame,
				      struct sk_buff **pskb)
{
	const u16 mode = READ_ONCE(slave->mode);

	if (mode != IPVLAN_MODE_L2 && unlikely(frame->kind >= IPVLAN_FRAME_ARP))
		return rx_neigh(slave, frame, *pskb);
	/* the host gives it to the slave after a look; where nobody looks, that way is saved */
	if (mode == IPVLAN_MODE_L3S && ipvlan_l3s_is_watched(*pskb))
		return RX_HANDLER_PASS;
	return to_slave(slave, pskb);
}

/*
 * A router that sends back to one slave what it got from another would undo what private promises.
 */
static bool is_from_cut_off(struct ipvlan_port *port, const struct ipvlan_slave *slave,
			    const struct ipvlan_frame *frame)
{
	const struct ipvlan_slave *from = ipvlan_port_find(port, &frame->from);

	return from && from != slave &&
	       (READ_ONCE(from->flags) | READ_ONCE(slave->flags)) & IPVLAN_F_PRIVATE;
}

static rx_handler_result_t drop(struct ipvlan_slave *slave, struct sk_buff *skb,
				enum ipvlan_drop why)
{
	ipvlan_stats_drop(&slave->stats, why);
	kfree_skb(skb);
	return RX_HANDLER_CONSUMED;
}

/*
 * The host always gets it, the slaves get copies. A question is for one of them alone, who is
 * returned. Apart, for all else must not pay for its stack.
 */
static noinline struct ipvlan_slave *rx_multicast(struct ipvlan_port *port, struct sk_buff *skb,
						  struct ipvlan_frame *frame)
{
	const bool is_known = ipvlan_parse(skb, 0, skb->protocol, frame);
	struct ipvlan_flood flood = { };

	if (is_known && ipvlan_frame_is_question(frame))
		return ipvlan_neigh_receive(port, skb, frame);
	if (is_known && ether_addr_equal_64bits(eth_hdr(skb)->h_source, port->master->dev_addr))
		flood.sender = ipvlan_port_find(port, &frame->from);
	if (flood.sender) {
		flood.sender_flags = READ_ONCE(flood.sender->flags);
		flood.is_reflected = true;
	}
	ipvlan_mcast_receive(port, skb, &flood);
	return NULL;
}

/* NULL: none of the slaves, or not one alone. */
static struct ipvlan_slave *find_receiver(struct ipvlan_port *port, struct sk_buff *skb,
					  struct ipvlan_frame *frame)
{
	switch (skb->pkt_type) {
	case PACKET_HOST:
		if (!ipvlan_parse(skb, 0, skb->protocol, frame))
			return NULL;
		return ipvlan_port_find(port, &frame->to);
	case PACKET_BROADCAST:
	case PACKET_MULTICAST:
		return rx_multicast(port, skb, frame);
	}
	return NULL;
}

/* The tag of a VLAN that the host has no device for; with the id 0 it is only a priority. */
static bool has_vlan_id(const struct sk_buff *skb)
{
	return skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb);
}

rx_handler_result_t ipvlan_rx_frame(struct sk_buff **pskb)
{
	struct ipvlan_frame frame __uninitialized;
	struct sk_buff *skb = *pskb;
	struct ipvlan_port *port = rcu_dereference(skb->dev->rx_handler_data);
	struct ipvlan_slave *slave;

	if (unlikely(has_vlan_id(skb)))
		return RX_HANDLER_PASS;
	slave = find_receiver(port, skb, &frame);
	if (!slave)
		return RX_HANDLER_PASS;
	if (unlikely(READ_ONCE(port->private_slaves)) && is_from_cut_off(port, slave, &frame))
		return drop(slave, skb, IPVLAN_DROP_RX_PRIVATE);
	return rx_by_mode(slave, &frame, pskb);
}
