/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer to who asks for an l3 pod's address by ARP or neighbour discovery: the pod itself
 * speaks neither, and its address is behind the master's MAC. The question is made the answer, in
 * place; the caller sends it back to where it came from.
 */
#ifndef IPVLAN_BPF_ANSWER_H
#define IPVLAN_BPF_ANSWER_H

#include "datapath/bpf/owner.h"

#define ARP_REPLY 2

/* A neighbour solicitation with the asker's MAC, RFC 4861 4.3; the answer has the same length. */
#define ND_LEN	      32
#define ND_SOLICITED  0x60 /* flags of the answer: solicited, override */
#define ND_OPT_SOURCE 1
#define ND_OPT_TARGET 2

static __always_inline void turn_round(struct ethhdr *eth)
{
	__builtin_memcpy(eth->h_dest, eth->h_source, 6);
	__builtin_memcpy(eth->h_source, master.mac, 6);
}

static __always_inline bool answer_arp(struct __sk_buff *skb)
{
	struct arp_frame f;
	__u8 asked[4];

	if (bpf_skb_load_bytes(skb, 0, &f, sizeof(f)) < 0 || !load_ip4(f.arp.sender))
		return false; /* a probe is answered by who has the address alone */
	turn_round(&f.eth);
	f.arp.op = bpf_htons(ARP_REPLY);
	__builtin_memcpy(asked, f.arp.target, 4);
	__builtin_memcpy(f.arp.target_mac, f.arp.sender_mac, 6);
	__builtin_memcpy(f.arp.target, f.arp.sender, 4);
	__builtin_memcpy(f.arp.sender_mac, master.mac, 6);
	__builtin_memcpy(f.arp.sender, asked, 4);
	return bpf_skb_store_bytes(skb, 0, &f, sizeof(f), 0) == 0;
}

/* Its parts that sums are made of are at multiples of four, seen from the IPv6 header. */
#pragma pack(push, 2)

struct nd_frame {
	struct ip6_frame ip6;
	struct {
		__u8 type, code;
		__u16 checksum;
		__u8 flags[4], target[16], option, option_len, mac[6];
	} nd;
};

#pragma pack(pop)

/* RFC 4443 2.3: over both addresses, the length, the protocol and the message. */
static __always_inline __u16 nd_checksum(struct nd_frame *f)
{
	__be32 pseudo[2] = { bpf_htonl(ND_LEN), bpf_htonl(IPPROTO_ICMPV6) };
	__s64 sum = bpf_csum_diff(NULL, 0, pseudo, sizeof(pseudo), 0);

	sum = bpf_csum_diff(NULL, 0, (__be32 *)&f->ip6.ip.saddr, 32, sum);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&f->nd, ND_LEN, sum);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(__u16)sum;
}

static __always_inline bool answer_nd(struct __sk_buff *skb)
{
	struct nd_frame f;

	if (bpf_skb_load_bytes(skb, 0, &f, sizeof(f)) < 0 ||
	    f.ip6.ip.payload_len != bpf_htons(ND_LEN) || f.nd.option != ND_OPT_SOURCE)
		return false; /* without: a test for duplicates, which has no sender either */
	turn_round(&f.ip6.eth);
	f.ip6.ip.daddr = f.ip6.ip.saddr;
	__builtin_memcpy(&f.ip6.ip.saddr, f.nd.target, 16);
	f.nd.type = ND_NA;
	f.nd.flags[0] = ND_SOLICITED;
	f.nd.option = ND_OPT_TARGET;
	__builtin_memcpy(f.nd.mac, master.mac, 6);
	f.nd.checksum = 0;
	f.nd.checksum = nd_checksum(&f);
	return bpf_skb_store_bytes(skb, 0, &f, sizeof(f), 0) == 0;
}

/* proto is the question's, which is_question() found to be one. */
static __noinline int answer(struct __sk_buff *skb, __be16 proto)
{
	return proto == bpf_htons(ETH_P_ARP) ? answer_arp(skb) : answer_nd(skb);
}

#endif
