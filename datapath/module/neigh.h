/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has this address? An ARP request or a neighbour solicitation goes to the slave that has it
 * and to no other; for a slave that speaks neither (l3, l3s) the driver answers.
 */
#ifndef IPVLAN_NEIGH_H
#define IPVLAN_NEIGH_H

#include <linux/netdevice.h>
#include "parse.h"

struct ipvlan_port;
struct ipvlan_slave;

/*
 * A question that the master received, skb->data at its network header, which was sent to all.
 * Returns who gets it alone, borrowed; NULL: none of the slaves, or all, who have their copies.
 */
struct ipvlan_slave *ipvlan_neigh_receive(struct ipvlan_port *port, struct sk_buff *skb,
					  const struct ipvlan_frame *frame);

/* A question that an l2 slave sends to all, skb->data at its Ethernet header: to its siblings. */
void ipvlan_neigh_send(struct ipvlan_slave *asker, struct sk_buff *skb,
		       const struct ipvlan_frame *frame);

/* The answer for a slave that does not answer itself: to the wire, or to one of its siblings. */
void ipvlan_neigh_answer_wire(struct ipvlan_slave *owner, const struct sk_buff *skb,
			      const struct ipvlan_frame *frame);
void ipvlan_neigh_answer_sibling(struct ipvlan_slave *owner, struct ipvlan_slave *asker,
				 const struct sk_buff *skb, const struct ipvlan_frame *frame);

#endif
