// SPDX-License-Identifier: GPL-2.0-or-later
#include "neigh.h"

#include <linux/etherdevice.h>
#include <linux/icmpv6.h>
#include <net/arp.h>
#include <net/ip6_checksum.h>
#include <net/ndisc.h>
#include "mcast.h"
#include "port.h"

/* A neighbour advertisement with the one option it needs (RFC 4861, 4.4 and 4.6.1). */
struct advert {
	struct ipv6hdr ip;
	struct icmp6hdr icmp;
	struct in6_addr target;
	struct nd_opt_hdr option;
	u8 mac[ETH_ALEN];
};

static struct sk_buff *answer_request(struct net_device *master, const struct ipvlan_frame *frame)
{
	const __be32 asker = frame->is_probe ? 0 : frame->from.v4;

	return arp_create(ARPOP_REPLY, ETH_P_ARP, asker, master, frame->to.v4, frame->asker_mac,
			  NULL, frame->asker_mac);
}

/* Who only probes has no address yet: the answer is for all, and unasked for (RFC 4861, 7.2.4). */
static void write_advert(struct advert *na, const struct net_device *master,
			 const struct ipvlan_frame *frame)
{
	const unsigned int len = sizeof(*na) - sizeof(na->ip);

	memset(na, 0, sizeof(*na));
	na->ip.version = 6;
	na->ip.payload_len = htons(len);
	na->ip.nexthdr = IPPROTO_ICMPV6;
	na->ip.hop_limit = 255;
	na->ip.saddr = frame->to.v6;
	na->ip.daddr = frame->is_probe ? in6addr_linklocal_allnodes : frame->from.v6;
	na->icmp.icmp6_type = NDISC_NEIGHBOUR_ADVERTISEMENT;
	na->icmp.icmp6_solicited = !frame->is_probe;
	na->icmp.icmp6_override = 1;
	na->target = frame->to.v6;
	na->option.nd_opt_type = ND_OPT_TARGET_LL_ADDR;
	na->option.nd_opt_len = (sizeof(na->option) + sizeof(na->mac)) / 8;
	ether_addr_copy(na->mac, master->dev_addr);
	na->icmp.icmp6_cksum = csum_ipv6_magic(&na->ip.saddr, &na->ip.daddr, len, IPPROTO_ICMPV6,
					       csum_partial(&na->icmp, len, 0));
}

static struct sk_buff *answer_solicit(struct net_device *master, const u8 *asker_mac,
				      const struct ipvlan_frame *frame)
{
	const unsigned int room = LL_RESERVED_SPACE(master);
	struct sk_buff *skb;
	u8 all[ETH_ALEN];

	skb = alloc_skb(room + sizeof(struct advert) + master->needed_tailroom, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	skb_reset_network_header(skb);
	write_advert(skb_put(skb, sizeof(struct advert)), master, frame);
	skb->dev = master;
	skb->protocol = htons(ETH_P_IPV6);
	ipv6_eth_mc_map(&in6addr_linklocal_allnodes, all);
	if (dev_hard_header(skb, master, ETH_P_IPV6, frame->is_probe ? all : asker_mac, NULL,
			    skb->len) < 0) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/* skb->data is at the Ethernet header, which comes from the master. NULL: no memory. */
static struct sk_buff *answer(struct net_device *master, const struct sk_buff *question,
			      const struct ipvlan_frame *frame)
{
	if (frame->kind == IPVLAN_FRAME_ARP_REQUEST)
		return answer_request(master, frame);
	return answer_solicit(master, eth_hdr(question)->h_source, frame);
}

void ipvlan_neigh_answer_wire(struct ipvlan_slave *owner, const struct sk_buff *skb,
			      const struct ipvlan_frame *frame)
{
	struct sk_buff *reply = answer(owner->master, skb, frame);
	const int rc = reply ? dev_queue_xmit(reply) : NET_XMIT_DROP;

	if (rc != NET_XMIT_SUCCESS && rc != NET_XMIT_CN)
		ipvlan_stats_drop(&owner->stats, IPVLAN_DROP_ANSWER);
}

void ipvlan_neigh_answer_sibling(struct ipvlan_slave *owner, struct ipvlan_slave *asker,
				 const struct sk_buff *skb, const struct ipvlan_frame *frame)
{
	struct sk_buff *reply = answer(owner->master, skb, frame);
	const unsigned int len = reply ? reply->len : 0;

	if (reply && dev_forward_skb(asker->dev, reply) == NET_RX_SUCCESS)
		ipvlan_stats_rx(&asker->stats, len);
	else
		ipvlan_stats_drop(&owner->stats, IPVLAN_DROP_ANSWER);
}

/*
 * Two questions are for everyone: a probe for an address that nobody here has, since others may be
 * probing for it (RFC 5227, 2.1.1), and one from outside by somebody with a slave's address, since
 * that slave must learn of the conflict (RFC 5227, 2.4).
 */
struct ipvlan_slave *ipvlan_neigh_receive(struct ipvlan_port *port, struct sk_buff *skb,
					  const struct ipvlan_frame *frame)
{
	struct ipvlan_slave *owner = ipvlan_port_find(port, &frame->to);
	struct ipvlan_slave *asker = ipvlan_port_find(port, &frame->from);
	const bool is_reflected = ether_addr_equal(eth_hdr(skb)->h_source,
						   port->master->dev_addr);
	struct ipvlan_flood flood = {
		.sender = is_reflected ? asker : NULL,
		.is_reflected = is_reflected && asker,
		.sender_flags = asker ? READ_ONCE(asker->flags) : 0,
		.served = owner,
		.is_question = true,
	};

	if (frame->is_probe ? !owner : asker && !is_reflected) {
		flood.is_question = false;
		flood.served = NULL;
		owner = NULL;
	}
	ipvlan_mcast_receive(port, skb, &flood);
	if (!owner || owner == flood.sender)
		return NULL;
	if (flood.sender &&
	    !ipvlan_port_may_pass(flood.sender_flags | READ_ONCE(owner->flags), true))
		return NULL;
	return owner;
}

static void ask_sibling(struct ipvlan_slave *asker, struct ipvlan_slave *owner,
			struct sk_buff *skb, const struct ipvlan_frame *frame)
{
	struct sk_buff *copy;

	if (READ_ONCE(owner->mode) != IPVLAN_MODE_L2) {
		ipvlan_neigh_answer_sibling(owner, asker, skb, frame);
		return;
	}
	copy = skb_clone(skb, GFP_ATOMIC);
	if (copy && dev_forward_skb(owner->dev, copy) == NET_RX_SUCCESS)
		ipvlan_stats_rx_multicast(&owner->stats, skb->len);
	else
		ipvlan_stats_drop(&asker->stats, IPVLAN_DROP_TX_QUESTION);
}

void ipvlan_neigh_send(struct ipvlan_slave *asker, struct sk_buff *skb,
		       const struct ipvlan_frame *frame)
{
	struct ipvlan_slave *owner = ipvlan_port_find(asker->port, &frame->to);
	const u16 flags = READ_ONCE(asker->flags) | (owner ? READ_ONCE(owner->flags) : 0);
	struct ipvlan_flood flood = {
		.sender = asker,
		.served = owner,
		.is_question = owner || !frame->is_probe,
	};

	ipvlan_mcast_send(asker, skb, &flood);
	if (owner && owner != asker && ipvlan_port_may_pass(flags, false))
		ask_sibling(asker, owner, skb, frame);
}
