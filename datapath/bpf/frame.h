/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame's headers, and what can be done with it. Nothing is read that was not checked to be
 * there: frame_pull() brings it into the linear part first and says if it cannot. Nothing is
 * written but by helpers: of a program that writes by itself each frame is made its own first.
 */
#ifndef IPVLAN_BPF_FRAME_H
#define IPVLAN_BPF_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include "datapath/bpf/maps.h"

#define ETH_LEN ((__u32)sizeof(struct ethhdr))

/* In skb->tc_index, which is 0 in a frame that came from anywhere else. */
#define MARK_TO_HOST  0x6970 /* received by the master, for the host alone */
#define MARK_FROM_POD 0x6971 /* leaving by the master, its siblings have got it */

/* An Ethernet header has 14 bytes: what follows it is at an even place and no better. */
#pragma pack(push, 2)

/* ARP for IPv4 over Ethernet, RFC 826. */
struct arp4 {
	__be16 hw, proto;
	__u8 hw_len, proto_len;
	__be16 op;
	__u8 sender_mac[6];
	__u8 sender[4];
	__u8 target_mac[6];
	__u8 target[4];
};

struct arp_frame {
	struct ethhdr eth;
	struct arp4 arp;
};

/* Frames of both families begin alike: 14 bytes of Ethernet, then addresses at fixed places. */
struct ip4_frame {
	struct ethhdr eth;
	struct iphdr ip;
};

struct ip6_frame {
	struct ethhdr eth;
	struct ipv6hdr ip;
};

/* <linux/if_arp.h> would bring the C library along. */
#define ARP_ETHERNET 1
#define ARP_REQUEST  1

#pragma pack(pop)

#define pass TC_ACT_UNSPEC /* whoever comes after us on this device, then the stack */

/*
 * Where the frame begins, and its end. The verifier knows such a register for what it is as long as
 * nothing touches it, and a compiler that sees two 32-bit numbers likes to.
 */
static __always_inline void *frame_data(const struct __sk_buff *skb)
{
	void *data;

	asm volatile("%0 = *(u32 *)(%1 + %2)"
		     : "=r"(data)
		     : "r"(skb), "i"(offsetof(struct __sk_buff, data)));
	return data;
}

static __always_inline void *frame_end(const struct __sk_buff *skb)
{
	void *end;

	asm volatile("%0 = *(u32 *)(%1 + %2)"
		     : "=r"(end)
		     : "r"(skb), "i"(offsetof(struct __sk_buff, data_end)));
	return end;
}

/* The frame, if len bytes of it are there; NULL else. Pointers of before are void. */
static __always_inline void *frame_pull(struct __sk_buff *skb, __u32 len)
{
	void *data = frame_data(skb);

	if (data + len <= frame_end(skb))
		return data;
	if (bpf_skb_pull_data(skb, len) < 0)
		return NULL;
	data = frame_data(skb);
	if (data + len <= frame_end(skb))
		return data;
	return NULL;
}

static __always_inline bool mac_is_group(const __u8 *mac)
{
	return mac[0] & 1;
}

/* mac is at an even place of a frame, or aligned. */
static __always_inline bool mac_is_ours(const __u8 *mac)
{
	return *(const __u32 *)mac == *(const __u32 *)master.mac &&
	       *(const __u16 *)(mac + 4) == *(const __u16 *)(master.mac + 4);
}

static __always_inline __u32 load_ip4(const void *from)
{
	return *(const __u32 *)from;
}

static __always_inline struct ipvlan_bpf_ip6 load_ip6(const void *from)
{
	return (struct ipvlan_bpf_ip6){ { ((const __u64 *)from)[0], ((const __u64 *)from)[1] } };
}

static __always_inline struct ipvlan_bpf_owner *find_ip4(__u32 address)
{
	return bpf_map_lookup_elem(&ip4, &address);
}

static __always_inline struct ipvlan_bpf_owner *find_ip6(const struct ipvlan_bpf_ip6 *address)
{
	return bpf_map_lookup_elem(&ip6, address);
}

static __always_inline struct ipvlan_bpf_port *find_port(__u32 slot)
{
	return bpf_map_lookup_elem(&ports, &slot);
}

static __always_inline int drop(struct ipvlan_bpf_port *port, enum ipvlan_bpf_drop why)
{
	if (port)
		__sync_fetch_and_add(&port->drops[why], 1);
	return TC_ACT_SHOT;
}

/* At an ingress: straight into the pod, unless a qdisc of the host end is to see it. */
static __always_inline int to_pod(const struct ipvlan_bpf_owner *o)
{
	return o->flags & IPVLAN_BPF_SHAPED ? bpf_redirect(o->ifindex, 0) :
					      bpf_redirect_peer(o->ifindex, 0);
}

/* A function of its own: the verifier refuses a store to the context that compilers merge. */
static __noinline int set_mark(struct __sk_buff *skb, __u32 mark)
{
	skb->tc_index = mark;
	return 0;
}

/* As if the master had received it. */
static __always_inline int to_host(struct __sk_buff *skb)
{
	set_mark(skb, MARK_TO_HOST);
	return bpf_redirect(master.ifindex, BPF_F_INGRESS);
}

static __always_inline int to_wire(struct __sk_buff *skb)
{
	set_mark(skb, MARK_FROM_POD);
	return bpf_redirect(master.ifindex, 0);
}

#endif
