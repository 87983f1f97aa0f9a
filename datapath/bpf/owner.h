/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pod a frame is for, by the address in it. */
#ifndef IPVLAN_BPF_OWNER_H
#define IPVLAN_BPF_OWNER_H

#include "datapath/bpf/frame.h"

#define ICMP6_AT (ETH_LEN + (__u32)sizeof(struct ipv6hdr))

/* Neighbour discovery, RFC 4861 4. */
#define ND_RS	    133
#define ND_RA	    134
#define ND_NS	    135
#define ND_NA	    136
#define ND_REDIRECT 137

/* Of a frame to one station: by destination, of ARP by target. NULL: none of the pods. */
static __always_inline struct ipvlan_bpf_owner *owner_of(struct __sk_buff *skb, __be16 proto)
{
	switch (proto) {
	case bpf_htons(ETH_P_IP): {
		const struct ip4_frame *f = frame_pull(skb, sizeof(*f));

		return f ? find_ip4(load_ip4(&f->ip.daddr)) : NULL;
	}
	case bpf_htons(ETH_P_IPV6): {
		const struct ip6_frame *f = frame_pull(skb, sizeof(*f));
		struct ipvlan_bpf_ip6 destination;

		if (!f)
			return NULL;
		destination = load_ip6(&f->ip.daddr);
		return find_ip6(&destination);
	}
	case bpf_htons(ETH_P_ARP): {
		const struct arp_frame *f = frame_pull(skb, sizeof(*f));

		return f ? find_ip4(load_ip4(f->arp.target)) : NULL;
	}
	}
	return NULL;
}

/* The pod that says it sent the frame, by source, of ARP by sender. NULL: none of them. */
static __always_inline struct ipvlan_bpf_owner *sender_of(struct __sk_buff *skb, __be16 proto)
{
	switch (proto) {
	case bpf_htons(ETH_P_IP): {
		const struct ip4_frame *f = frame_pull(skb, sizeof(*f));

		return f ? find_ip4(load_ip4(&f->ip.saddr)) : NULL;
	}
	case bpf_htons(ETH_P_IPV6): {
		const struct ip6_frame *f = frame_pull(skb, sizeof(*f));
		struct ipvlan_bpf_ip6 source;

		if (!f)
			return NULL;
		source = load_ip6(&f->ip.saddr);
		return find_ip6(&source);
	}
	case bpf_htons(ETH_P_ARP): {
		const struct arp_frame *f = frame_pull(skb, sizeof(*f));

		return f ? find_ip4(load_ip4(f->arp.sender)) : NULL;
	}
	}
	return NULL;
}

/* The address that a neighbour solicitation asks for; false if it is none. */
static __always_inline bool read_solicited(struct __sk_buff *skb, struct ipvlan_bpf_ip6 *target)
{
	__u8 next, type;

	return bpf_skb_load_bytes(skb, ETH_LEN + offsetof(struct ipv6hdr, nexthdr), &next, 1) ==
		       0 &&
	       next == IPPROTO_ICMPV6 && bpf_skb_load_bytes(skb, ICMP6_AT, &type, 1) == 0 &&
	       type == ND_NS && bpf_skb_load_bytes(skb, ICMP6_AT + 8, target, sizeof(*target)) == 0;
}

/*
 * Whether a frame to all asks who has an address (ARP request, neighbour solicitation), and which
 * pod has: then nobody else needs to hear it. An announcement asks for the sender's own and is for
 * all. Pointers into the frame are void afterwards.
 */
static __always_inline bool is_question(struct __sk_buff *skb, __be16 proto,
					struct ipvlan_bpf_owner **owner)
{
	struct ipvlan_bpf_ip6 target;

	*owner = NULL;
	if (proto == bpf_htons(ETH_P_ARP)) {
		const struct arp_frame *f = frame_pull(skb, sizeof(*f));

		if (!f || f->arp.op != bpf_htons(ARP_REQUEST) ||
		    load_ip4(f->arp.sender) == load_ip4(f->arp.target))
			return false;
		*owner = find_ip4(load_ip4(f->arp.target));
		return true;
	}
	if (proto != bpf_htons(ETH_P_IPV6) || !read_solicited(skb, &target))
		return false;
	*owner = find_ip6(&target);
	return true;
}

#endif
