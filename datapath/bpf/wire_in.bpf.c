// SPDX-License-Identifier: GPL-2.0-or-later
/* What the master receives: its ingress. What is no pod's is left to the host. */
#include "datapath/bpf/flood.h"
#include "datapath/bpf/owner.h"

/* Marks of the host's netns stay in the host's netns. */
static __always_inline int to_owner(struct __sk_buff *skb, const struct ipvlan_bpf_owner *o)
{
	if (!o)
		return pass;
	skb->mark = 0;
	return to_pod(o);
}

static __noinline int from_wire_to_all(struct __sk_buff *skb)
{
	const struct ethhdr *eth = frame_pull(skb, ETH_LEN);
	struct ipvlan_bpf_owner *o;
	int group;

	if (!eth)
		return pass;
	group = group_of(eth->h_dest);
	if (is_question(skb, eth->h_proto, &o))
		return o && !(o->flags & IPVLAN_BPF_L3) ? to_owner(skb, o) : pass;
	flood(skb, 0, group, 0);
	return pass;
}

SEC("tc")
int ipvlan_wire_in(struct __sk_buff *skb)
{
	const struct ethhdr *eth;

	if (skb->tc_index == MARK_TO_HOST || skb->vlan_present)
		return pass;
	eth = frame_pull(skb, ETH_LEN);
	if (!eth)
		return pass;
	if (mac_is_ours(eth->h_dest))
		return to_owner(skb, owner_of(skb, eth->h_proto));
	return mac_is_group(eth->h_dest) ? from_wire_to_all(skb) : pass;
}
