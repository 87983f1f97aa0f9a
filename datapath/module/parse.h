/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a frame is and whose it is, as values: the bytes of a frame are read in parse.c and nowhere
 * else. Nothing is changed in the frame; headers need not be in its linear part.
 */
#ifndef IPVLAN_PARSE_H
#define IPVLAN_PARSE_H

#include <linux/if_ether.h>
#include "addr.h"

struct sk_buff;

enum ipvlan_frame_kind {
	IPVLAN_FRAME_IPV4,
	IPVLAN_FRAME_IPV6,
	IPVLAN_FRAME_ARP,	  /* of IPv4 over Ethernet (RFC 826), but no question: */
	IPVLAN_FRAME_ARP_REQUEST, /* asks for an address that is not the sender's own */
	IPVLAN_FRAME_SOLICIT,	  /* the same of IPv6 (RFC 4861, 4.3) */
};

struct ipvlan_frame {
	enum ipvlan_frame_kind kind;

	/*
	 * Whose owner gets it: the destination, the target of an ARP packet or of a solicitation.
	 */
	struct ipvlan_addr to;

	/*
	 * Whose owner sent it: the source; the target where an address is only being probed
	 * (RFC 5227, 2.1.1; RFC 4862, 5.4.2), for then the sender has no other.
	 */
	struct ipvlan_addr from;

	/* Of a question alone: it is such a probe. Who asks, in an ARP request. */
	bool is_probe;
	u8 asker_mac[ETH_ALEN];
};

/* It waits for an answer from the owner of an address, and means nobody else. */
static inline bool ipvlan_frame_is_question(const struct ipvlan_frame *frame)
{
	return frame->kind >= IPVLAN_FRAME_ARP_REQUEST;
}

/*
 * ipvlan_parse - read the addresses of a frame
 * @skb: the frame
 * @offset: of the network header, in bytes from skb->data
 * @protocol: the Ethernet type
 *
 * false if the frame is none of the kinds above, or cut short; *frame is then undefined.
 */
bool ipvlan_parse(const struct sk_buff *skb, int offset, __be16 protocol,
		  struct ipvlan_frame *frame);

#endif
