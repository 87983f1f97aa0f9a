// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What leaves by the master: its egress. What the host sends to a pod never reaches the wire; what
 * a pod sends to all has been given to its siblings before.
 */
#include "datapath/bpf/answer.h"
#include "datapath/bpf/flood.h"
#include "datapath/bpf/owner.h"

static __always_inline int to_owner(const struct ipvlan_bpf_owner *o)
{
	return o ? bpf_redirect(o->ifindex, 0) : pass;
}

static __noinline int from_host_to_all(struct __sk_buff *skb)
{
	const struct ethhdr *eth = frame_pull(skb, ETH_LEN);
	struct ipvlan_bpf_owner *o;
	__be16 proto;
	int group;

	if (!eth)
		return pass;
	group = group_of(eth->h_dest);
	proto = eth->h_proto;
	if (is_question(skb, proto, &o)) {
		if (!o || !(o->flags & IPVLAN_BPF_L3))
			return to_owner(o);
		return answer(skb, proto) ? to_host(skb) : pass;
	}
	flood(skb, 0, group, 0);
	return pass;
}

SEC("tc")
int ipvlan_host_out(struct __sk_buff *skb)
{
	const struct ethhdr *eth = frame_pull(skb, ETH_LEN);

	if (!eth)
		return pass;
	/* Most of what passes here is a pod's or the host's, for another station. */
	if (!mac_is_ours(eth->h_dest) && !mac_is_group(eth->h_dest))
		return pass;
	if (skb->tc_index == MARK_FROM_POD)
		return pass;
	return mac_is_group(eth->h_dest) ? from_host_to_all(skb) :
					   to_owner(owner_of(skb, eth->h_proto));
}
