/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IPVLAN_HANDOVER_H
#define IPVLAN_HANDOVER_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/dst.h>

/*
 * A received frame becomes @to's. What the old netns has put on it stays there; the time of its
 * arrival, which skb_scrub_packet() would take too, goes along.
 */
static inline void ipvlan_hand_over(struct sk_buff *skb, struct net_device *to)
{
	if (!net_eq(dev_net(skb->dev), dev_net(to))) {
		skb->mark = 0;
		skb->priority = 0;
		skb_dst_drop(skb);
		skb_ext_reset(skb);
		nf_reset_ct(skb);
		nf_reset_trace(skb);
	}
	skb->dev = to;
}

#endif
