/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses that a pod gives itself, where antiSpoof does not forbid it: known from when it first
 * asks or answers by ARP or neighbour discovery in their name. What a sibling or the host has stays
 * theirs.
 */
#ifndef IPVLAN_BPF_LEARN_H
#define IPVLAN_BPF_LEARN_H

#include "datapath/bpf/owner.h"
#include "datapath/bpf/route.h"

/* By the host's routes from its end of the pod's pair: neither its own nor one for nobody. */
static __always_inline bool may_be_a_pods(struct __sk_buff *skb, struct bpf_fib_lookup *fib)
{
	long rc;

	fib->ifindex = skb->ifindex;
	rc = bpf_fib_lookup(skb, fib, sizeof(*fib), 0);
	return rc == BPF_FIB_LKUP_RET_SUCCESS || rc == BPF_FIB_LKUP_RET_NO_NEIGH;
}

static __always_inline bool has_room(const struct ipvlan_bpf_port *port)
{
	return !(port->flags & IPVLAN_BPF_ANTISPOOF) && port->n_learned < IPVLAN_BPF_LEARN_MAX;
}

static __noinline int learn_ip4(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot,
				__u32 address)
{
	struct ipvlan_bpf_owner me = { port->ifindex, slot, port->flags };
	struct bpf_fib_lookup fib = { .family = AF_INET, .ipv4_dst = address };

	if (address && has_room(port) && !find_ip4(address) && may_be_a_pods(skb, &fib) &&
	    bpf_map_update_elem(&ip4, &address, &me, BPF_NOEXIST) == 0)
		__sync_fetch_and_add(&port->n_learned, 1);
	return 0;
}

/* From whatever neighbour discovery the pod sends, by its source. */
static __noinline int learn_ip6(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot)
{
	struct ipvlan_bpf_owner me = { port->ifindex, slot, port->flags };
	struct bpf_fib_lookup fib = { .family = AF_INET6 };
	struct ipvlan_bpf_ip6 address;
	__u8 next, type;

	if (!has_room(port) ||
	    bpf_skb_load_bytes(skb, ETH_LEN + offsetof(struct ipv6hdr, nexthdr), &next, 1) < 0 ||
	    next != IPPROTO_ICMPV6 || bpf_skb_load_bytes(skb, ICMP6_AT, &type, 1) < 0 ||
	    (type != ND_NS && type != ND_NA) ||
	    bpf_skb_load_bytes(skb, ETH_LEN + offsetof(struct ipv6hdr, saddr), &address,
			       sizeof(address)) < 0)
		return 0;
	__builtin_memcpy(fib.ipv6_dst, &address, sizeof(address));
	if (address.half[0] | address.half[1] && !find_ip6(&address) && may_be_a_pods(skb, &fib) &&
	    bpf_map_update_elem(&ip6, &address, &me, BPF_NOEXIST) == 0)
		__sync_fetch_and_add(&port->n_learned, 1);
	return 0;
}

#endif
