/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a pod says that it is: source addresses, ARP's sender and what neighbour discovery claims.
 * Each check returns CLEAN or the reason to drop (enum ipvlan_bpf_drop).
 */
#ifndef IPVLAN_BPF_SENDER_H
#define IPVLAN_BPF_SENDER_H

#include "datapath/bpf/answer.h"
#include "datapath/bpf/owner.h"

#define CLEAN	       (-1)
#define EXT_HEADERS_MAX 8 /* before the payload of an IPv6 packet; more are no honest packet's */
#define ND_OPTIONS_MAX	8

static __always_inline bool owns_ip4(const struct ipvlan_bpf_port *port, __u32 slot, __u32 address)
{
	const struct ipvlan_bpf_owner *o;

	if (address == port->ip4)
		return true;
	o = find_ip4(address);
	return o && o->slot == slot;
}

static __always_inline bool owns_ip6(const struct ipvlan_bpf_port *port, __u32 slot,
				     const struct ipvlan_bpf_ip6 *address)
{
	const struct ipvlan_bpf_owner *o;

	if (address->half[0] == port->ip6[0] && address->half[1] == port->ip6[1])
		return true;
	o = find_ip6(address);
	return o && o->slot == slot;
}

static __always_inline bool ip6_is_any(const struct ipvlan_bpf_ip6 *address)
{
	return !(address->half[0] | address->half[1]);
}

/* An ARP packet is what it has to be, and in its sender's own name (RFC 826, RFC 5227). */
static __always_inline int check_arp(const struct arp_frame *f, const struct ipvlan_bpf_port *port,
				     __u32 slot)
{
	__u32 sender = load_ip4(f->arp.sender);

	if (f->arp.hw != bpf_htons(ARP_ETHERNET) || f->arp.proto != bpf_htons(ETH_P_IP) ||
	    f->arp.hw_len != 6 || f->arp.proto_len != 4)
		return IPVLAN_BPF_DROP_TX_MALFORMED;
	if (!(port->flags & IPVLAN_BPF_ANTISPOOF))
		return CLEAN;
	/* A probe has no sender yet: it is about the address that it asks for. */
	if (!sender)
		sender = load_ip4(f->arp.target);
	return mac_is_ours(f->arp.sender_mac) && owns_ip4(port, slot, sender) ?
		       CLEAN :
		       IPVLAN_BPF_DROP_TX_ARP_SENDER;
}

/* Loops are calls of bpf_loop(): the verifier then follows one turn, and not each. */

struct walk {
	struct __sk_buff *skb;
	__u32 at;	/* of what follows */
	__u8 next;	/* what that is */
	bool is_hidden; /* there was an extension header */
	bool is_broken; /* the packet ended in one */
	bool is_there;	/* at is the payload, or a later fragment of it */
};

static long walk_on(__u32 turn, struct walk *w)
{
	__u8 head[8];

	(void)turn;
	if (w->next != IPPROTO_HOPOPTS && w->next != IPPROTO_ROUTING &&
	    w->next != IPPROTO_DSTOPTS && w->next != IPPROTO_FRAGMENT && w->next != IPPROTO_AH) {
		w->is_there = true;
		return 1;
	}
	if (bpf_skb_load_bytes(w->skb, w->at, head, sizeof(head)) < 0) {
		w->is_broken = true;
		return 1;
	}
	if (w->next == IPPROTO_FRAGMENT && head[2] | (head[3] & 0xf8)) {
		w->next = IPPROTO_NONE;
		w->is_there = true;
		return 1;
	}
	w->at += w->next == IPPROTO_FRAGMENT ? 8 :
		 w->next == IPPROTO_AH	     ? 4 * (head[1] + 2) :
					       8 * (head[1] + 1);
	w->next = head[0];
	w->is_hidden = true;
	return 0;
}

/*
 * Where ICMPv6 begins in an IPv6 packet, past its extension headers: 0 if it is of another protocol
 * or a later fragment, -1 if it ends before, or has too many headers. *is_hidden: there were some.
 */
static __always_inline int find_icmp6(struct __sk_buff *skb, bool *is_hidden)
{
	struct walk w = { .skb = skb, .at = ICMP6_AT };

	if (bpf_skb_load_bytes(skb, ETH_LEN + offsetof(struct ipv6hdr, nexthdr), &w.next, 1) < 0)
		return -1;
	bpf_loop(EXT_HEADERS_MAX + 1, walk_on, &w, 0);
	*is_hidden = w.is_hidden;
	if (w.is_broken || !w.is_there)
		return -1;
	return w.next == IPPROTO_ICMPV6 ? (int)w.at : 0;
}

struct options {
	struct __sk_buff *skb;
	__u32 at;
	bool is_other;
};

static long look_at_option(__u32 turn, struct options *o)
{
	__u8 option[8];

	(void)turn;
	if (bpf_skb_load_bytes(o->skb, o->at, option, sizeof(option)) < 0 || !option[1])
		return 1;
	if (option[0] == ND_OPT_SOURCE || option[0] == ND_OPT_TARGET) {
		__u32 high;
		__u16 low;

		__builtin_memcpy(&high, option + 2, 4);
		__builtin_memcpy(&low, option + 6, 2);
		o->is_other |= high != *(const __u32 *)master.mac ||
			       low != *(const __u16 *)(master.mac + 4);
	}
	o->at += 8 * option[1];
	return 0;
}

/* The link-layer addresses that a message of neighbour discovery tells are the master's. */
static __always_inline bool tells_our_mac(struct __sk_buff *skb, __u32 at)
{
	struct options o = { .skb = skb, .at = at };

	/* More options than there are kinds of would hide one. */
	return bpf_loop(ND_OPTIONS_MAX, look_at_option, &o, 0) < ND_OPTIONS_MAX && !o.is_other;
}

/*
 * Neighbour discovery is in the sender's own name: what it announces or tests is its own address,
 * it is no router's, and it is where everyone looks for it (RFC 6980 forbids fragments; nobody
 * sends it behind other headers). The source address was checked before.
 */
static __noinline int check_nd(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot)
{
	struct ipvlan_bpf_ip6 source, target;
	bool is_hidden = false;
	int at = find_icmp6(skb, &is_hidden);
	__u8 type;

	if (at == 0)
		return CLEAN;
	if (at < 0 || bpf_skb_load_bytes(skb, at, &type, 1) < 0)
		return IPVLAN_BPF_DROP_TX_ND_HIDDEN;
	if (type < ND_RS || type > ND_REDIRECT)
		return CLEAN;
	if (is_hidden)
		return IPVLAN_BPF_DROP_TX_ND_HIDDEN;
	if (type == ND_RA || type == ND_REDIRECT)
		return IPVLAN_BPF_DROP_TX_ROUTER;
	if (type == ND_RS)
		return tells_our_mac(skb, at + 8) ? CLEAN : IPVLAN_BPF_DROP_TX_ND_SENDER;
	if (bpf_skb_load_bytes(skb, at + 8, &target, sizeof(target)) < 0 ||
	    bpf_skb_load_bytes(skb, ETH_LEN + offsetof(struct ipv6hdr, saddr), &source,
			       sizeof(source)) < 0)
		return IPVLAN_BPF_DROP_TX_SHORT;
	/* A solicitation of nobody tests whether an address is free, to take it (RFC 4862 5.4). */
	if ((type == ND_NA || ip6_is_any(&source)) && !owns_ip6(port, slot, &target))
		return IPVLAN_BPF_DROP_TX_ND_SENDER;
	return tells_our_mac(skb, at + 24) ? CLEAN : IPVLAN_BPF_DROP_TX_ND_SENDER;
}

#endif
