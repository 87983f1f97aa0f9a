/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One frame for many pods: a copy to each that listens. */
#ifndef IPVLAN_BPF_FLOOD_H
#define IPVLAN_BPF_FLOOD_H

#include "datapath/bpf/frame.h"

#define FLOOD_ALL (-1) /* instead of a group: who does not listen to this is none of us */

static __always_inline int group_of(const __u8 *mac)
{
	return mac[0] == 0xff ? FLOOD_ALL : IPVLAN_BPF_GROUP_BIT(*(const __u32 *)(mac + 2));
}

struct flood {
	struct __sk_buff *skb;
	__u32 except; /* the slot of the sender, 0: none */
	int group;    /* FLOOD_ALL or a bit */
	__u32 unwanted; /* flags of ports that get none */
};

static long flood_one(__u32 i, struct flood *f)
{
	struct ipvlan_bpf_port *port = find_port(i + 1);

	if (!port)
		return 1;
	if (!port->ifindex || i + 1 == f->except ||
	    port->flags & (IPVLAN_BPF_L3 | f->unwanted))
		return 0;
	if (f->group >= 0 && !(port->groups[(f->group >> 6) & 3] >> (f->group & 63) & 1))
		return 0;
	bpf_clone_redirect(f->skb, port->ifindex, 0);
	return 0;
}

/* The frame itself stays; pointers into it are void afterwards. */
static __always_inline void flood(struct __sk_buff *skb, __u32 except, int group, __u32 unwanted)
{
	struct flood f = { .skb = skb, .except = except, .group = group, .unwanted = unwanted };

	bpf_loop(master.end > 1 ? master.end - 1 : 0, flood_one, &f, 0);
}

#endif
