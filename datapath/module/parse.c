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

static bool parse_ipv4(const struct sk_buff *skb, int offset, struct ipvlan_frame *frame)
{
	const struct iphdr *ip;
	struct iphdr copy;

	ip = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!ip || ip->version != 4)
		return false;
	frame->kind = IPVLAN_FRAME_IPV4;
	ipvlan_addr_set_v4(&frame->to, ip->daddr);
	ipvlan_addr_set_v4(&frame->from, ip->saddr);
	return true;
}

static bool parse_arp(const struct sk_buff *skb, int offset, struct ipvlan_frame *frame)
{
	const struct arp_ipv4 *arp;
	struct arp_ipv4 copy;

	arp = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!arp || arp->fixed.ar_hrd != htons(ARPHRD_ETHER) ||
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
static void parse_icmpv6(const struct sk_buff *skb, int offset, struct ipvlan_frame *frame)
{
	const struct solicit *ns;
	struct solicit copy;

	ns = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!ns || ns->icmp.icmp6_type != NDISC_NEIGHBOUR_SOLICITATION)
		return;
	frame->kind = IPVLAN_FRAME_SOLICIT;
	frame->to.v6 = ns->target;
	frame->is_probe = ipv6_addr_any(&frame->from.v6);
	if (frame->is_probe)
		frame->from.v6 = ns->target;
}

static bool parse_ipv6(const struct sk_buff *skb, int offset, struct ipvlan_frame *frame)
{
	const struct ipv6hdr *ip;
	struct ipv6hdr copy;

	ip = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!ip || ip->version != 6)
		return false;
	frame->kind = IPVLAN_FRAME_IPV6;
	ipvlan_addr_set_v6(&frame->to, &ip->daddr);
	ipvlan_addr_set_v6(&frame->from, &ip->saddr);
	/* one that a router has passed on is none (RFC 4861, 7.1.1) */
	if (ip->nexthdr == IPPROTO_ICMPV6 && ip->hop_limit == 255)
		parse_icmpv6(skb, offset + sizeof(*ip), frame);
	return true;
}

bool ipvlan_parse(const struct sk_buff *skb, int offset, __be16 protocol,
		  struct ipvlan_frame *frame)
{
	switch (protocol) {
	case htons(ETH_P_IP):
		return parse_ipv4(skb, offset, frame);
	case htons(ETH_P_IPV6):
		return parse_ipv6(skb, offset, frame);
	case htons(ETH_P_ARP):
		return parse_arp(skb, offset, frame);
	default:
		return false;
	}
}
