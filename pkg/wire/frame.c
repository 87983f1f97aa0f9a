// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/wire/frame.h"

#include <arpa/inet.h>
#include <string.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>

#define ND_HOP_LIMIT   255 /* RFC 4861, 7.1: nothing else can be of this link */
#define ETHERNET_UNITS 1   /* of 8 bytes: the length of an option with a MAC address */

struct arp_frame {
	struct ether_header eth;
	struct ether_arp arp;
} __attribute__((packed));

/* A solicitation has the same shape as an advertisement: header, target, options. */
struct nd_frame {
	struct ether_header eth;
	struct ip6_hdr ip6;
	struct nd_neighbor_advert nd;
	struct nd_opt_hdr option;
	uint8_t option_mac[FRAME_MAC_LEN];
} __attribute__((packed));

#define SOLICITATION_LEN offsetof(struct nd_frame, option)

_Static_assert(sizeof(struct nd_frame) == FRAME_MAX, "FRAME_MAX is the longest frame");

/* ---- ARP ----------------------------------------------------------------------------------- */

static size_t put_arp(uint8_t *buf, const struct ip *sender, const struct ip *target,
		      const uint8_t *mac)
{
	struct arp_frame f = {
		.eth.ether_type = htons(ETHERTYPE_ARP),
		.arp.ea_hdr = { .ar_hrd = htons(ARPHRD_ETHER),
				.ar_pro = htons(ETHERTYPE_IP),
				.ar_hln = FRAME_MAC_LEN,
				.ar_pln = 4,
				.ar_op = htons(ARPOP_REQUEST) },
	};

	memset(f.eth.ether_dhost, 0xff, FRAME_MAC_LEN);
	memcpy(f.eth.ether_shost, mac, FRAME_MAC_LEN);
	memcpy(f.arp.arp_sha, mac, FRAME_MAC_LEN);
	memcpy(f.arp.arp_spa, sender->bytes, 4);
	memcpy(f.arp.arp_tpa, target->bytes, 4);
	memcpy(buf, &f, sizeof(f));
	return sizeof(f);
}

static bool read_arp(const uint8_t *frame, size_t len, struct ip *ip, uint8_t *mac)
{
	static const uint8_t none[4];
	struct arp_frame f;
	bool is_probe;

	if (len < sizeof(f))
		return false;
	memcpy(&f, frame, sizeof(f));
	if (f.arp.ea_hdr.ar_hrd != htons(ARPHRD_ETHER) ||
	    f.arp.ea_hdr.ar_pro != htons(ETHERTYPE_IP) || f.arp.ea_hdr.ar_hln != FRAME_MAC_LEN ||
	    f.arp.ea_hdr.ar_pln != 4)
		return false;
	is_probe = memcmp(f.arp.arp_spa, none, sizeof(none)) == 0;
	if (is_probe && f.arp.ea_hdr.ar_op != htons(ARPOP_REQUEST))
		return false;
	*ip = (struct ip){ .family = AF_INET };
	memcpy(ip->bytes, is_probe ? f.arp.arp_tpa : f.arp.arp_spa, 4);
	memcpy(mac, f.arp.arp_sha, FRAME_MAC_LEN);
	return true;
}

/* ---- neighbour discovery ------------------------------------------------------------------- */

/*
 * Of the message of `size` bytes and the pseudo-header (RFC 8200, 8.1), whose addresses stand
 * before it; 0 if the sum that is in the message is right.
 */
static uint16_t checksum(const uint8_t *frame, size_t size)
{
	const uint8_t *part = frame + offsetof(struct nd_frame, ip6.ip6_src);
	uint32_t sum = (uint32_t)size + IPPROTO_ICMPV6;

	for (size_t i = 0; i < 2 * sizeof(struct in6_addr) + size; i++)
		sum += i % 2 ? part[i] : (uint32_t)part[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Of `len` bytes in all, to a multicast address, which has one of Ethernet (RFC 2464, 7). */
static size_t put_nd(uint8_t *buf, struct nd_frame *f, size_t len, const uint8_t *mac)
{
	size_t message = offsetof(struct nd_frame, nd);

	f->eth.ether_type = htons(ETHERTYPE_IPV6);
	memcpy(f->eth.ether_shost, mac, FRAME_MAC_LEN);
	memcpy(f->eth.ether_dhost, (uint8_t[]){ 0x33, 0x33 }, 2);
	memcpy(f->eth.ether_dhost + 2, f->ip6.ip6_dst.s6_addr + 12, 4);
	f->ip6.ip6_flow = htonl(6U << 28);
	f->ip6.ip6_plen = htons((uint16_t)(len - message));
	f->ip6.ip6_nxt = IPPROTO_ICMPV6;
	f->ip6.ip6_hlim = ND_HOP_LIMIT;
	memcpy(buf, f, len);
	f->nd.nd_na_cksum = htons(checksum(buf, len - message));
	memcpy(buf, f, len);
	return len;
}

/* From "::" to the solicited-node address of the target (RFC 4291, 2.7.1). */
static size_t put_solicitation(uint8_t *buf, const struct ip *ip, const uint8_t *mac)
{
	static const uint8_t solicited_node[13] = { 0xff, 0x02, [11] = 1, 0xff };
	struct nd_frame f = { .nd.nd_na_type = ND_NEIGHBOR_SOLICIT };

	memcpy(f.ip6.ip6_dst.s6_addr, solicited_node, sizeof(solicited_node));
	memcpy(f.ip6.ip6_dst.s6_addr + 13, ip->bytes + 13, 3);
	memcpy(&f.nd.nd_na_target, ip->bytes, 16);
	return put_nd(buf, &f, SOLICITATION_LEN, mac);
}

/* From the address itself to all nodes. */
static size_t put_advertisement(uint8_t *buf, const struct ip *ip, const uint8_t *mac)
{
	static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };
	struct nd_frame f = {
		.nd.nd_na_type = ND_NEIGHBOR_ADVERT,
		.nd.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
		.option = { ND_OPT_TARGET_LINKADDR, ETHERNET_UNITS },
	};

	memcpy(&f.ip6.ip6_src, ip->bytes, 16);
	memcpy(&f.ip6.ip6_dst, all_nodes, 16);
	memcpy(&f.nd.nd_na_target, ip->bytes, 16);
	memcpy(f.option_mac, mac, FRAME_MAC_LEN);
	return put_nd(buf, &f, sizeof(f), mac);
}

/* What RFC 4861, 7.1 demands of a message before it counts. */
static bool is_valid_nd(const struct nd_frame *f, const uint8_t *frame, size_t len)
{
	size_t start = offsetof(struct nd_frame, nd), size = ntohs(f->ip6.ip6_plen);

	return (ntohl(f->ip6.ip6_flow) >> 28) == 6 && f->ip6.ip6_nxt == IPPROTO_ICMPV6 &&
	       f->ip6.ip6_hlim == ND_HOP_LIMIT && size >= sizeof(f->nd) && size <= len - start &&
	       f->nd.nd_na_code == 0 && checksum(frame, size) == 0;
}

static bool read_nd(const uint8_t *frame, size_t len, struct ip *ip, uint8_t *mac)
{
	static const struct in6_addr unspecified;
	struct nd_frame f = { 0 };
	bool is_probe;

	if (len < SOLICITATION_LEN)
		return false;
	memcpy(&f, frame, SOLICITATION_LEN);
	if (!is_valid_nd(&f, frame, len))
		return false;
	/* Who solicits from an address of its own only looks for its neighbour. */
	is_probe = f.nd.nd_na_type == ND_NEIGHBOR_SOLICIT &&
		   memcmp(&f.ip6.ip6_src, &unspecified, sizeof(unspecified)) == 0;
	if (f.nd.nd_na_type != ND_NEIGHBOR_ADVERT && !is_probe)
		return false;
	*ip = (struct ip){ .family = AF_INET6 };
	memcpy(ip->bytes, &f.nd.nd_na_target, 16);
	memcpy(mac, f.eth.ether_shost, FRAME_MAC_LEN);
	return true;
}

/* ---- either -------------------------------------------------------------------------------- */

size_t frame_put_probe(uint8_t buf[static FRAME_MAX], const struct ip *ip,
		       const uint8_t mac[static FRAME_MAC_LEN])
{
	static const struct ip none = { .family = AF_INET };

	return ip->family == AF_INET ? put_arp(buf, &none, ip, mac) :
				       put_solicitation(buf, ip, mac);
}

size_t frame_put_announcement(uint8_t buf[static FRAME_MAX], const struct ip *ip,
			      const uint8_t mac[static FRAME_MAC_LEN])
{
	return ip->family == AF_INET ? put_arp(buf, ip, ip, mac) : put_advertisement(buf, ip, mac);
}

bool frame_read_claim(const uint8_t *frame, size_t len, struct ip *ip,
		      uint8_t mac[static FRAME_MAC_LEN])
{
	uint16_t type;

	if (len < sizeof(struct ether_header))
		return false;
	memcpy(&type, frame + offsetof(struct ether_header, ether_type), sizeof(type));
	switch (ntohs(type)) {
	case ETHERTYPE_ARP:
		return read_arp(frame, len, ip, mac);
	case ETHERTYPE_IPV6:
		return read_nd(frame, len, ip, mac);
	default:
		return false;
	}
}
