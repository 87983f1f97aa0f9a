/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who a locked slave says that it is: source addresses, ARP's sender, what ND claims. */
#ifndef IPVLAN_SENDER_H
#define IPVLAN_SENDER_H

struct ipvlan_slave;
struct sk_buff;

#define IPVLAN_SENDER_IS_CLEAN (-1)

/*
 * A frame that a locked slave sends, skb->data at its Ethernet header, which is there: clean, or
 * the enum ipvlan_drop that it is dropped for. RCU.
 */
int ipvlan_sender_vet(const struct ipvlan_slave *slave, const struct sk_buff *skb);

#endif
