// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a pod sends: the ingress of its host end. By destination address to a sibling, to the host,
 * or out of the master. The classid of the filter is the pod's slot.
 */
#include "datapath/bpf/flood.h"
#include "datapath/bpf/learn.h"
#include "datapath/bpf/listen.h"
#include "datapath/bpf/owner.h"
#include "datapath/bpf/route.h"
#include "datapath/bpf/sender.h"

/* ---- to one -------------------------------------------------------------------------------- */

/* It takes two to talk inside: where one is private or in vepa, that is what holds. */
static __always_inline int to_sibling(struct __sk_buff *skb, struct ipvlan_bpf_port *port,
				      const struct ipvlan_bpf_owner *o)
{
	__u32 both = port->flags | o->flags;

	if (both & IPVLAN_BPF_PRIVATE)
		return drop(port, IPVLAN_BPF_DROP_TX_PRIVATE);
	return both & IPVLAN_BPF_VEPA ? to_wire(skb) : to_pod(o);
}

/* To another station; in vepa it may have our MAC, and yet is not to be caught at the master. */
static __always_inline int out(struct __sk_buff *skb, const struct ipvlan_bpf_port *port)
{
	return port->flags & IPVLAN_BPF_VEPA ? to_wire(skb) : bpf_redirect(master.ifindex, 0);
}

static __always_inline int l2_to(struct __sk_buff *skb, struct ipvlan_bpf_port *port,
				 const struct ipvlan_bpf_owner *o)
{
	return o ? to_sibling(skb, port, o) : to_host(skb);
}

/* The header is there and the source is the sender's; else why it is dropped. */
static __always_inline int check_ip4(const struct ip4_frame *f, const struct ipvlan_bpf_port *port,
				     __u32 slot)
{
	__u8 first;

	if (!f)
		return IPVLAN_BPF_DROP_TX_SHORT;
	first = *(const __u8 *)&f->ip; /* version and length in words */
	if (first < 0x45 || first > 0x4f)
		return IPVLAN_BPF_DROP_TX_MALFORMED;
	if (port->flags & IPVLAN_BPF_ANTISPOOF && !owns_ip4(port, slot, load_ip4(&f->ip.saddr)))
		return IPVLAN_BPF_DROP_TX_SOURCE;
	return CLEAN;
}

static __always_inline int l2_ip4(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot,
				  const struct ip4_frame *f, bool is_inside)
{
	int why = check_ip4(f, port, slot);

	if (why != CLEAN || !f)
		return drop(port, why);
	if (!is_inside)
		return out(skb, port);
	return l2_to(skb, port, find_ip4(load_ip4(&f->ip.daddr)));
}

static __always_inline int l2_ip6(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot,
				  bool is_inside)
{
	const struct ip6_frame *f = frame_pull(skb, sizeof(*f));
	struct ipvlan_bpf_ip6 source, destination;

	if (!f)
		return drop(port, IPVLAN_BPF_DROP_TX_SHORT);
	if (*(const __u8 *)&f->ip >> 4 != 6)
		return drop(port, IPVLAN_BPF_DROP_TX_MALFORMED);
	destination = load_ip6(&f->ip.daddr);
	if (port->flags & IPVLAN_BPF_ANTISPOOF) {
		__u8 next = f->ip.nexthdr;

		source = load_ip6(&f->ip.saddr);
		if (!owns_ip6(port, slot, &source))
			return drop(port, IPVLAN_BPF_DROP_TX_SOURCE);
		if (next != IPPROTO_TCP && next != IPPROTO_UDP) {
			int why = check_nd(skb, port, slot);

			if (why != CLEAN)
				return drop(port, why);
		}
	} else if (f->ip.nexthdr == IPPROTO_ICMPV6) {
		learn_ip6(skb, port, slot);
	}
	if (!is_inside)
		return out(skb, port);
	return l2_to(skb, port, find_ip6(&destination));
}

static __always_inline int l2_arp(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot,
				  bool is_inside)
{
	const struct arp_frame *f = frame_pull(skb, sizeof(*f));
	int why;

	if (!f)
		return drop(port, IPVLAN_BPF_DROP_TX_SHORT);
	why = check_arp(f, port, slot);
	if (why != CLEAN)
		return drop(port, why);
	learn_ip4(skb, port, slot, load_ip4(f->arp.sender));
	if (!is_inside)
		return out(skb, port);
	return l2_to(skb, port, find_ip4(load_ip4(f->arp.target)));
}

/* ---- to all -------------------------------------------------------------------------------- */

/*
 * 01:80:c2:00:00:0x is for the switch at the other end of the cable and goes no further (IEEE
 * 802.1Q 8.6.3): PAUSE would stop the master, a BPDU would stop its port.
 */
static __always_inline bool is_for_switch(const __u8 *mac)
{
	return *(const __u32 *)mac == bpf_htonl(0x0180c200) && mac[4] == 0 && mac[5] < 0x10;
}

/* The host's copy, one for each sibling that listens, and the frame itself to the wire. */
static __always_inline int to_all(struct __sk_buff *skb, const struct ipvlan_bpf_port *port,
				  __u32 slot, int group, bool is_for_siblings)
{
	__u32 flags = port->flags;

	if (flags & IPVLAN_BPF_VEPA)
		return to_wire(skb);
	if (is_for_siblings && !(flags & IPVLAN_BPF_PRIVATE))
		flood(skb, slot, group, IPVLAN_BPF_PRIVATE | IPVLAN_BPF_VEPA);
	set_mark(skb, MARK_TO_HOST);
	bpf_clone_redirect(skb, master.ifindex, BPF_F_INGRESS);
	return to_wire(skb);
}

/* Who has this address? A sibling is asked alone. If it is none, no sibling needs to hear of it. */
static __always_inline int ask(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot,
			       __be16 proto, const struct ipvlan_bpf_owner *o)
{
	if (o && o->slot != slot && o->flags & IPVLAN_BPF_L3 && answer(skb, proto))
		return bpf_redirect(port->ifindex, 0);
	if (o && o->slot != slot)
		return to_sibling(skb, port, o);
	return to_all(skb, port, slot, FLOOD_ALL, false);
}

static __always_inline int arp_to_all(struct __sk_buff *skb, struct ipvlan_bpf_port *port,
				      __u32 slot)
{
	const struct arp_frame *f = frame_pull(skb, sizeof(*f));
	struct ipvlan_bpf_owner *o;
	int why;

	if (!f)
		return drop(port, IPVLAN_BPF_DROP_TX_SHORT);
	why = check_arp(f, port, slot);
	if (why != CLEAN)
		return drop(port, why);
	learn_ip4(skb, port, slot, load_ip4(f->arp.sender));
	return is_question(skb, bpf_htons(ETH_P_ARP), &o) ?
		       ask(skb, port, slot, bpf_htons(ETH_P_ARP), o) :
		       to_all(skb, port, slot, FLOOD_ALL, true);
}

static __always_inline int ip4_to_all(struct __sk_buff *skb, struct ipvlan_bpf_port *port,
				      __u32 slot, int group)
{
	const struct ip4_frame *f = frame_pull(skb, sizeof(*f));
	__u32 source;
	__u8 first;

	if (!f)
		return drop(port, IPVLAN_BPF_DROP_TX_SHORT);
	first = *(const __u8 *)&f->ip;
	if (first < 0x45 || first > 0x4f)
		return drop(port, IPVLAN_BPF_DROP_TX_MALFORMED);
	source = load_ip4(&f->ip.saddr);
	/* Who has no address yet asks everybody for one (RFC 2131 4.1). */
	if (port->flags & IPVLAN_BPF_ANTISPOOF && source && !owns_ip4(port, slot, source))
		return drop(port, IPVLAN_BPF_DROP_TX_SOURCE);
	if (f->ip.protocol == IPPROTO_IGMP)
		listen_igmp(skb, port);
	return to_all(skb, port, slot, group, true);
}

static __always_inline int ip6_to_all(struct __sk_buff *skb, struct ipvlan_bpf_port *port,
				      __u32 slot, int group)
{
	const struct ip6_frame *f = frame_pull(skb, sizeof(*f));
	struct ipvlan_bpf_owner *o;
	struct ipvlan_bpf_ip6 source;
	int why;

	if (!f)
		return drop(port, IPVLAN_BPF_DROP_TX_SHORT);
	if (*(const __u8 *)&f->ip >> 4 != 6)
		return drop(port, IPVLAN_BPF_DROP_TX_MALFORMED);
	if (port->flags & IPVLAN_BPF_ANTISPOOF) {
		source = load_ip6(&f->ip.saddr);
		if (!ip6_is_any(&source) && !owns_ip6(port, slot, &source))
			return drop(port, IPVLAN_BPF_DROP_TX_SOURCE);
		why = check_nd(skb, port, slot);
		if (why != CLEAN)
			return drop(port, why);
	}
	learn_ip6(skb, port, slot);
	if (is_question(skb, bpf_htons(ETH_P_IPV6), &o))
		return ask(skb, port, slot, bpf_htons(ETH_P_IPV6), o);
	listen_mld(skb, port);
	return to_all(skb, port, slot, group, true);
}

static __noinline int l2_to_all(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot)
{
	const struct ethhdr *eth = frame_pull(skb, ETH_LEN);
	int group;

	if (!eth)
		return TC_ACT_SHOT;
	if (is_for_switch(eth->h_dest))
		return drop(port, IPVLAN_BPF_DROP_TX_PAUSE);
	group = group_of(eth->h_dest);
	switch (eth->h_proto) {
	case bpf_htons(ETH_P_IP):
		return ip4_to_all(skb, port, slot, group);
	case bpf_htons(ETH_P_IPV6):
		return ip6_to_all(skb, port, slot, group);
	case bpf_htons(ETH_P_ARP):
		return arp_to_all(skb, port, slot);
	}
	if (port->flags & IPVLAN_BPF_ANTISPOOF)
		return drop(port, IPVLAN_BPF_DROP_TX_NOT_IP);
	return to_all(skb, port, slot, group, true);
}

/* ---- l3 ------------------------------------------------------------------------------------ */

static __always_inline bool stays_inside(const struct ipvlan_bpf_port *port,
					 const struct ipvlan_bpf_owner *o)
{
	return o && !((port->flags | o->flags) & IPVLAN_BPF_VEPA);
}

static __always_inline int l3_ip4(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot)
{
	const struct ip4_frame *f = frame_pull(skb, sizeof(*f));
	int why = check_ip4(f, port, slot);
	struct ipvlan_bpf_owner *o;

	if (why != CLEAN || !f)
		return drop(port, why);
	if (*(const __u8 *)&f->ip.daddr >= 0xe0) /* multicast and broadcast, RFC 1112 4 */
		return drop(port, IPVLAN_BPF_DROP_TX_L3_MULTICAST);
	o = find_ip4(load_ip4(&f->ip.daddr));
	return stays_inside(port, o) ? to_sibling(skb, port, o) : route_ip4(skb, f);
}

static __always_inline int l3_ip6(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot)
{
	const struct ip6_frame *f = frame_pull(skb, sizeof(*f));
	struct ipvlan_bpf_ip6 address;
	struct ipvlan_bpf_owner *o;

	if (!f)
		return drop(port, IPVLAN_BPF_DROP_TX_SHORT);
	if (*(const __u8 *)&f->ip >> 4 != 6)
		return drop(port, IPVLAN_BPF_DROP_TX_MALFORMED);
	address = load_ip6(&f->ip.saddr);
	if (port->flags & IPVLAN_BPF_ANTISPOOF && !owns_ip6(port, slot, &address))
		return drop(port, IPVLAN_BPF_DROP_TX_SOURCE);
	if (*(const __u8 *)&f->ip.daddr == 0xff)
		return drop(port, IPVLAN_BPF_DROP_TX_L3_MULTICAST);
	address = load_ip6(&f->ip.daddr);
	o = find_ip6(&address);
	return stays_inside(port, o) ? to_sibling(skb, port, o) : route_ip6(skb, f);
}

static __noinline int l3_out(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot)
{
	const struct ethhdr *eth = frame_pull(skb, ETH_LEN);

	if (!eth)
		return TC_ACT_SHOT;
	if (mac_is_group(eth->h_dest))
		return drop(port, IPVLAN_BPF_DROP_TX_L3_MULTICAST);
	switch (eth->h_proto) {
	case bpf_htons(ETH_P_IP):
		return l3_ip4(skb, port, slot);
	case bpf_htons(ETH_P_IPV6):
		return l3_ip6(skb, port, slot);
	}
	return drop(port, IPVLAN_BPF_DROP_TX_NOT_IP);
}

/* ---- from one ------------------------------------------------------------------------------ */

static __always_inline int l2_out(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 slot,
				  const struct ip4_frame *f)
{
	const struct ethhdr *eth = &f->eth;
	bool is_inside;

	if (!mac_is_ours(eth->h_source))
		return drop(port, IPVLAN_BPF_DROP_TX_MAC);
	if (mac_is_group(eth->h_dest))
		return l2_to_all(skb, port, slot);
	is_inside = mac_is_ours(eth->h_dest) && !(port->flags & IPVLAN_BPF_VEPA);
	switch (eth->h_proto) {
	case bpf_htons(ETH_P_IP):
		return l2_ip4(skb, port, slot, f, is_inside);
	case bpf_htons(ETH_P_IPV6):
		return l2_ip6(skb, port, slot, is_inside);
	case bpf_htons(ETH_P_ARP):
		return l2_arp(skb, port, slot, is_inside);
	}
	if (port->flags & IPVLAN_BPF_ANTISPOOF)
		return drop(port, IPVLAN_BPF_DROP_TX_NOT_IP);
	return is_inside ? to_host(skb) : to_wire(skb);
}

SEC("tc")
int ipvlan_pod_out(struct __sk_buff *skb)
{
	__u32 slot = skb->tc_classid;
	struct ipvlan_bpf_port *port = find_port(slot);
	const struct ip4_frame *f; /* the shortest that there is */

	if (!port || !port->ifindex)
		return drop(find_port(0), IPVLAN_BPF_DROP_TX_NO_PORT);
	if (skb->vlan_present)
		return drop(port, IPVLAN_BPF_DROP_TX_VLAN);
	f = frame_pull(skb, sizeof(*f));
	if (!f)
		return drop(port, IPVLAN_BPF_DROP_TX_SHORT);
	if (port->flags & IPVLAN_BPF_L3)
		return l3_out(skb, port, slot);
	return l2_out(skb, port, slot, f);
}
