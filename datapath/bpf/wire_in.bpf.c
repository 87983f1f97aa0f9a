// SPDX-License-Identifier: GPL-2.0-or-later
/* What the master receives: its ingress. What is no pod's is left to the host. */
#include "datapath/bpf/answer.h"
#include "datapath/bpf/flood.h"
#include "datapath/bpf/owner.h"

/* What siblings may not send each other directly, no router carries between them either. */
static __noinline int is_private(struct __sk_buff *skb, __be16 proto, __u32 flags)
{
	const struct ipvlan_bpf_owner *sender = sender_of(skb, proto);

	return sender && (sender->flags | flags) & IPVLAN_BPF_PRIVATE;
}

/* Marks of the host's netns stay in the host's netns. */
static __always_inline int to_owner(struct __sk_buff *skb, __be16 proto,
				    const struct ipvlan_bpf_owner *o)
{
	if (!o)
		return pass;
	if (master.n_private && is_private(skb, proto, o->flags))
		return drop(find_port(o->slot), IPVLAN_BPF_DROP_RX_PRIVATE);
	skb->mark = 0;
	return to_pod(o);
}

/*
 * Our own, sent back by the switch. For a pod in vepa the switch does what we do for others: its
 * siblings and the host get it now. All else was given to them when it was sent.
 */
static __noinline int reflected_to_all(struct __sk_buff *skb, __be16 proto, int group)
{
	const struct ipvlan_bpf_owner *sender = sender_of(skb, proto);
	struct ipvlan_bpf_owner *asked;

	if (!sender || !(sender->flags & IPVLAN_BPF_VEPA))
		return drop(find_port(0), IPVLAN_BPF_DROP_RX_REFLECTED);
	if (is_question(skb, proto, &asked))
		return asked && asked->slot == sender->slot ? pass : to_owner(skb, proto, asked);
	flood(skb, sender->slot, group, IPVLAN_BPF_PRIVATE);
	return pass;
}

static __noinline int from_wire_to_all(struct __sk_buff *skb)
{
	const struct ethhdr *eth = frame_pull(skb, ETH_LEN);
	struct ipvlan_bpf_owner *o;
	__be16 proto;
	int group;

	if (!eth)
		return pass;
	proto = eth->h_proto;
	group = group_of(eth->h_dest);
	if (mac_is_ours(eth->h_source))
		return reflected_to_all(skb, proto, group);
	if (!is_question(skb, proto, &o)) {
		flood(skb, 0, group, 0);
		return pass;
	}
	if (!o || !(o->flags & IPVLAN_BPF_L3))
		return to_owner(skb, proto, o);
	return answer(skb, proto) ? to_wire(skb) : pass;
}

SEC("tc")
int ipvlan_wire_in(struct __sk_buff *skb)
{
	const struct ethhdr *eth;
	__be16 proto;

	if (skb->tc_index == MARK_TO_HOST || skb->vlan_present)
		return pass;
	eth = frame_pull(skb, ETH_LEN);
	if (!eth)
		return pass;
	if (!mac_is_ours(eth->h_dest))
		return mac_is_group(eth->h_dest) ? from_wire_to_all(skb) : pass;
	proto = eth->h_proto;
	return to_owner(skb, proto, owner_of(skb, proto));
}
