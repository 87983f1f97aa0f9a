// SPDX-License-Identifier: GPL-2.0-or-later
#include "parse.h"

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

/* ARP of IPv4 over Ethernet; struct arphdr ends where the addresses begin. */
struct arp_ipv4 {
	struct arphdr fixed;
	u8 sender_mac[ETH_ALEN];
	__be32 sender;
	u8 target_mac[ETH_ALEN];
	__be32 target;
} __packed;

struct solicit {
	struct icmp6hdr icmp;
	struct in6_addr target;
};

static bool parse_ipv4(const struct iphdr *ip, unsigned int n, struct ipvlan_frame *frame)
{
	if (n < sizeof(*ip) || ip->version != 4)
		return false;
	frame->kind = IPVLAN_FRAME_IPV4;
	ipvlan_addr_set_v4(&frame->to, ip->daddr);
	ipvlan_addr_set_v4(&frame->from, ip->saddr);
	return true;
}

static bool parse_arp(const struct arp_ipv4 *arp, unsigned int n, struct ipvlan_frame *frame)
{
	if (n < sizeof(*arp) || arp->fixed.ar_hrd != htons(ARPHRD_ETHER) ||
	    arp->fixed.ar_pro != htons(ETH_P_IP) ||
	    arp->fixed.ar_hln != ETH_ALEN || arp->fixed.ar_pln != sizeof(arp->target))
		return false;
	/* a sender that asks for itself announces itself, to all (RFC 5227, 3) */
	if (arp->fixed.ar_op == htons(ARPOP_REQUEST) && arp->sender != arp->target)
		frame->kind = IPVLAN_FRAME_ARP_REQUEST;
	else
		frame->kind = IPVLAN_FRAME_ARP;
	frame->is_probe = !arp->sender;
	ether_addr_copy(frame->asker_mac, arp->sender_mac);
	ipvlan_addr_set_v4(&frame->to, arp->target);
	ipvlan_addr_set_v4(&frame->from, arp->sender ?: arp->target);
	return true;
}

/* A solicitation, though to a group, is for one: the owner of its target. */
static bool parse_icmpv6(const struct solicit *ns, unsigned int n, struct ipvlan_frame *frame)
{
	if (n < sizeof(ns->icmp))
		return false;
	if (ns->icmp.icmp6_type != NDISC_NEIGHBOUR_SOLICITATION)
		return true;
	if (n < sizeof(*ns))
		return false;
	frame->kind = IPVLAN_FRAME_SOLICIT;
	frame->to.v6 = ns->target;
	frame->is_probe = ipv6_addr_any(&frame->from.v6);
	if (frame->is_probe)
		frame->from.v6 = ns->target;
	return true;
}

static bool parse_ipv6(const struct ipv6hdr *ip, unsigned int n, struct ipvlan_frame *frame)
{
	if (n < sizeof(*ip) || ip->version != 6)
		return false;
	frame->kind = IPVLAN_FRAME_IPV6;
	ipvlan_addr_set_v6(&frame->to, &ip->daddr);
	ipvlan_addr_set_v6(&frame->from, &ip->saddr);
	/* one that a router has passed on is none (RFC 4861, 7.1.1) */
	if (ip->nexthdr == IPPROTO_ICMPV6 && ip->hop_limit == 255)
		return parse_icmpv6((const void *)(ip + 1), n - sizeof(*ip), frame);
	return true;
}

/* n bytes from the network header on. Inlined by decree: each frame asks here. */
static __always_inline bool parse_bytes(const void *bytes, unsigned int n, __be16 protocol,
					struct ipvlan_frame *frame)
{
	switch (protocol) {
	case htons(ETH_P_IP):
		return parse_ipv4(bytes, n, frame);
	case htons(ETH_P_IPV6):
		return parse_ipv6(bytes, n, frame);
	case htons(ETH_P_ARP):
		return parse_arp(bytes, n, frame);
	default:
		return false;
	}
}

/* The headers may lie where the data of others does. Apart, for its stack is guarded, and costs. */
static noinline bool parse_nonlinear(const struct sk_buff *skb, int offset, __be16 protocol,
				     struct ipvlan_frame *frame)
{
	struct {
		struct ipv6hdr ip;
		struct solicit ns;
	} longest __uninitialized;
	const unsigned int n = min_t(unsigned int, skb->len - offset, sizeof(longest));

	if (parse_bytes(skb->data + offset, skb_headlen(skb) - offset, protocol, frame))
		return true;
	return !skb_copy_bits(skb, offset, &longest, n) &&
	       parse_bytes(&longest, n, protocol, frame);
}

bool ipvlan_parse(const struct sk_buff *skb, int offset, __be16 protocol,
		  struct ipvlan_frame *frame)
{
	if (skb_is_nonlinear(skb))
		return parse_nonlinear(skb, offset, protocol, frame);
	return parse_bytes(skb->data + offset, skb->len - offset, protocol, frame);
}
