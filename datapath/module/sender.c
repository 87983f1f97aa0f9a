// SPDX-License-Identifier: GPL-2.0-or-later
#include "sender.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include "parse.h"
#include "port.h"

#define CLEAN IPVLAN_SENDER_IS_CLEAN

/* An ICMPv6 message that is of neighbour discovery, as far as it matters here. */
struct nd_claim {
	struct icmp6hdr icmp;
	struct in6_addr target;
};

static bool owns(const struct ipvlan_slave *slave, const struct ipvlan_addr *addr)
{
	return ipvlan_addr_holder(&slave->port->addrs, addr) == &slave->owner;
}

/* Who has no address yet asks everybody for one (RFC 2131, 4.1), and no one else. */
static int vet_ipv4(const struct ipvlan_slave *slave, const struct sk_buff *skb, bool is_to_all)
{
	struct ipvlan_addr source;
	const struct iphdr *ip;
	struct iphdr copy;

	ip = skb_header_pointer(skb, ETH_HLEN, sizeof(copy), &copy);
	if (!ip || ip->version != 4)
		return IPVLAN_DROP_TX_MALFORMED;
	if (!ip->saddr && is_to_all)
		return CLEAN;
	ipvlan_addr_set_v4(&source, ip->saddr);
	return owns(slave, &source) ? CLEAN : IPVLAN_DROP_TX_SOURCE;
}

/* A probe has no sender yet: it is about the address that it asks for (RFC 5227, 2.1.1). */
static int vet_arp(const struct ipvlan_slave *slave, const struct sk_buff *skb)
{
	struct ipvlan_frame frame;

	if (!ipvlan_parse(skb, ETH_HLEN, htons(ETH_P_ARP), &frame))
		return IPVLAN_DROP_TX_MALFORMED;
	if (!ether_addr_equal(frame.asker_mac, slave->dev->dev_addr) || !owns(slave, &frame.from))
		return IPVLAN_DROP_TX_ARP_SENDER;
	return CLEAN;
}

/* What an advertisement is about, and a probe, is the sender's own; of routers it says nothing. */
static int vet_nd(const struct ipvlan_slave *slave, const struct nd_claim *nd, bool is_probe)
{
	struct ipvlan_addr target;

	ipvlan_addr_set_v6(&target, &nd->target);
	switch (nd->icmp.icmp6_type) {
	case NDISC_ROUTER_ADVERTISEMENT:
	case NDISC_REDIRECT:
		return IPVLAN_DROP_TX_ROUTER;
	case NDISC_NEIGHBOUR_SOLICITATION:
		return !is_probe || owns(slave, &target) ? CLEAN : IPVLAN_DROP_TX_ND_SENDER;
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
		return owns(slave, &target) ? CLEAN : IPVLAN_DROP_TX_ND_SENDER;
	}
	return CLEAN;
}

static bool is_nd(u8 type)
{
	return type >= NDISC_ROUTER_SOLICITATION && type <= NDISC_REDIRECT;
}

/*
 * ND stands right behind the IPv6 header (RFC 6980 for fragments, and nobody sends it otherwise);
 * the rest of what is behind extension headers is let through, if they end within the frame.
 */
static int vet_icmpv6(const struct ipvlan_slave *slave, const struct sk_buff *skb, u8 next,
		      bool is_any)
{
	const int first = ETH_HLEN + sizeof(struct ipv6hdr);
	const struct nd_claim *nd;
	struct nd_claim copy = { };
	__be16 frag_off = 0;
	const u8 *type;
	int at;

	at = ipv6_skip_exthdr(skb, first, &next, &frag_off);
	if (at < 0)
		return IPVLAN_DROP_TX_ND_HIDDEN;
	if (next != IPPROTO_ICMPV6 || frag_off & htons(IP6_OFFSET))
		return is_any ? IPVLAN_DROP_TX_SOURCE : CLEAN;
	type = skb_header_pointer(skb, at, sizeof(*type), &copy);
	if (!type)
		return IPVLAN_DROP_TX_ND_HIDDEN;
	if (!is_nd(*type))
		return CLEAN;
	if (at != first)
		return IPVLAN_DROP_TX_ND_HIDDEN;
	if (*type == NDISC_ROUTER_SOLICITATION)
		return CLEAN;
	nd = skb_header_pointer(skb, at, sizeof(copy), &copy);
	return nd ? vet_nd(slave, nd, is_any) : IPVLAN_DROP_TX_MALFORMED;
}

/* Without an address it may only probe, ask for routers and join groups: ICMPv6, to all. */
static int vet_ipv6(const struct ipvlan_slave *slave, const struct sk_buff *skb, bool is_to_all)
{
	struct ipvlan_addr source;
	const struct ipv6hdr *ip;
	struct ipv6hdr copy;
	bool is_any;

	ip = skb_header_pointer(skb, ETH_HLEN, sizeof(copy), &copy);
	if (!ip || ip->version != 6)
		return IPVLAN_DROP_TX_MALFORMED;
	ipvlan_addr_set_v6(&source, &ip->saddr);
	is_any = ipv6_addr_any(&source.v6);
	if (is_any ? !is_to_all : !owns(slave, &source))
		return IPVLAN_DROP_TX_SOURCE;
	if (ip->nexthdr == IPPROTO_TCP || ip->nexthdr == IPPROTO_UDP)
		return is_any ? IPVLAN_DROP_TX_SOURCE : CLEAN;
	return vet_icmpv6(slave, skb, ip->nexthdr, is_any);
}

int ipvlan_sender_vet(const struct ipvlan_slave *slave, const struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	const bool is_to_all = is_multicast_ether_addr(eth->h_dest);

	/* its own qdisc can write a tag, and the wire's other networks would be open to it */
	if (skb_vlan_tag_present(skb) || eth_type_vlan(eth->h_proto))
		return IPVLAN_DROP_TX_VLAN;
	if (!ether_addr_equal(eth->h_source, slave->dev->dev_addr))
		return IPVLAN_DROP_TX_MAC;
	switch (eth->h_proto) {
	case htons(ETH_P_IP):
		return vet_ipv4(slave, skb, is_to_all);
	case htons(ETH_P_IPV6):
		return vet_ipv6(slave, skb, is_to_all);
	case htons(ETH_P_ARP):
		return vet_arp(slave, skb);
	}
	return IPVLAN_DROP_TX_NOT_ALLOWED;
}
