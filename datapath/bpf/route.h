/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Out of an l3 pod, by the host's routing. A whole lookup a packet would cost a third of it: what
 * came out is kept for a moment, on each processor by itself so that no write is ever half done.
 * The packet that looks anew goes through the host's neighbour table, and so keeps the entry of the
 * next hop alive; those after it take its MAC address along.
 */
#ifndef IPVLAN_BPF_ROUTE_H
#define IPVLAN_BPF_ROUTE_H

#include "datapath/bpf/frame.h"

#define AF_INET	 2
#define AF_INET6 10

#define TCP_HEADER 20

#define ROUTES	     256  /* kept at a time, on each processor */
#define ROUTE_JIFFIES 16  /* how long: a route that changed is followed as late as that */

struct route {
	struct ipvlan_bpf_ip6 source, destination; /* of IPv4 the first half */
	__u64 until; /* in jiffies */
	__u32 in, out; /* ifindex */
	__u32 mtu;
	__u8 macs[12]; /* as a frame begins: the next hop's, our own */
};

struct routes_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, ROUTES);
	__type(key, __u32);
	__type(value, struct route);
};

extern struct routes_map routes SEC(".maps");

static __always_inline __u64 mix(__u64 v)
{
	return (v * 0x9e3779b97f4a7c15ULL) >> 32;
}

static __always_inline struct route *route_slot(const struct ipvlan_bpf_ip6 *source,
						const struct ipvlan_bpf_ip6 *destination)
{
	__u32 key = (mix(destination->half[0] + (destination->half[1] << 7)) ^
		     mix(source->half[0] ^ source->half[1])) &
		    (ROUTES - 1);

	return bpf_map_lookup_elem(&routes, &key);
}

static __always_inline bool is_same(const struct ipvlan_bpf_ip6 *a, const struct ipvlan_bpf_ip6 *b)
{
	return a->half[0] == b->half[0] && a->half[1] == b->half[1];
}

/* The length on the wire: of a packet that segmentation will cut, that of a piece. */
static __always_inline __u32 wire_len(const struct __sk_buff *skb, __u32 len, __u32 ip_header)
{
	return skb->gso_size ? skb->gso_size + ip_header + TCP_HEADER : len;
}

static __always_inline int route_by(struct __sk_buff *skb, const struct route *r)
{
	if (bpf_skb_store_bytes(skb, 0, r->macs, sizeof(r->macs), 0) < 0)
		return TC_ACT_SHOT;
	return bpf_redirect(r->out, 0);
}

/*
 * Looks in the host's tables. What they do not send on (the host's own address, a prohibited or too
 * small route) goes to the host, whose stack answers.
 */
static __noinline int route_anew(struct __sk_buff *skb, struct bpf_fib_lookup *fib, struct route *r,
				 const struct ipvlan_bpf_ip6 *addresses)
{
	struct bpf_redir_neigh next = { .nh_family = fib->family };
	long rc = bpf_fib_lookup(skb, fib, sizeof(*fib), 0);

	if (rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return TC_ACT_OK;
	if (rc == BPF_FIB_LKUP_RET_SUCCESS && r) {
		r->source = addresses[0];
		r->destination = addresses[1];
		r->in = skb->ifindex;
		r->out = fib->ifindex;
		r->mtu = fib->mtu_result;
		__builtin_memcpy(r->macs, fib->dmac, 6);
		__builtin_memcpy(r->macs + 6, fib->smac, 6);
		r->until = bpf_jiffies64() + ROUTE_JIFFIES;
	}
	__builtin_memcpy(next.ipv6_nh, fib->ipv6_dst, sizeof(next.ipv6_nh));
	next.nh_family = fib->family;
	return bpf_redirect_neigh(fib->ifindex, &next, sizeof(next), 0);
}

static __always_inline struct route *route_kept(struct __sk_buff *skb, struct route *r,
						const struct ipvlan_bpf_ip6 *addresses, __u32 len)
{
	return r && r->in == skb->ifindex && is_same(&r->destination, &addresses[1]) &&
			       is_same(&r->source, &addresses[0]) && r->until > bpf_jiffies64() &&
			       len <= r->mtu ?
		       r :
		       NULL;
}

static __always_inline int route_ip4(struct __sk_buff *skb, const struct ip4_frame *f)
{
	struct ipvlan_bpf_ip6 addresses[2] = { { { load_ip4(&f->ip.saddr), 0 } },
					       { { load_ip4(&f->ip.daddr), 0 } } };
	__u32 len = wire_len(skb, bpf_ntohs(f->ip.tot_len), sizeof(f->ip));
	struct route *r = route_slot(&addresses[0], &addresses[1]);
	struct bpf_fib_lookup fib = {};

	if (route_kept(skb, r, addresses, len))
		return route_by(skb, r);
	fib.family = AF_INET;
	fib.ifindex = skb->ifindex;
	fib.l4_protocol = f->ip.protocol;
	fib.tos = f->ip.tos;
	fib.tot_len = len;
	fib.ipv4_src = load_ip4(&f->ip.saddr);
	fib.ipv4_dst = load_ip4(&f->ip.daddr);
	return route_anew(skb, &fib, r, addresses);
}

static __always_inline int route_ip6(struct __sk_buff *skb, const struct ip6_frame *f)
{
	struct ipvlan_bpf_ip6 addresses[2] = { load_ip6(&f->ip.saddr), load_ip6(&f->ip.daddr) };
	__u32 len = wire_len(skb, bpf_ntohs(f->ip.payload_len) + sizeof(f->ip), sizeof(f->ip));
	struct route *r = route_slot(&addresses[0], &addresses[1]);
	struct bpf_fib_lookup fib = {};

	if (route_kept(skb, r, addresses, len))
		return route_by(skb, r);
	fib.family = AF_INET6;
	fib.ifindex = skb->ifindex;
	fib.l4_protocol = f->ip.nexthdr;
	fib.flowinfo = *(const __be32 *)&f->ip & bpf_htonl(0x0fffffff);
	fib.tot_len = len;
	__builtin_memcpy(fib.ipv6_src, &addresses[0], 16);
	__builtin_memcpy(fib.ipv6_dst, &addresses[1], 16);
	return route_anew(skb, &fib, r, addresses);
}

#endif
