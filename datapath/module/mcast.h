/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Broadcast and multicast to the l2 slaves. One frame may become thousands, so copies are made by a
 * work item, not on the path of the frame itself, which goes on unhindered.
 */
#ifndef IPVLAN_MCAST_H
#define IPVLAN_MCAST_H

#include <linux/workqueue.h>

struct ipvlan_port;
struct ipvlan_slave;
struct sk_buff;

int ipvlan_mcast_init(void);
void ipvlan_mcast_exit(void);

/* The work of a port: empties its queue. */
void ipvlan_mcast_work(struct work_struct *work);

/* What is known of a frame. A slave may be gone when it is its turn: it is only compared. */
struct ipvlan_flood {
	const struct ipvlan_slave *sender; /* NULL: it came from the wire */
	const struct ipvlan_slave *served; /* had the frame already, or NULL */
	u16 sender_flags;		   /* IPVLAN_F_*, if it is reflected */
	bool is_reflected;		   /* sent to the network, and back from there */
	bool is_question;		   /* for one, who has it: only listeners get copies */
};

/* A frame that a slave sends, skb->data at its Ethernet header: a copy for the others. */
void ipvlan_mcast_send(struct ipvlan_slave *sender, struct sk_buff *skb,
		       const struct ipvlan_flood *flood);

/* A frame that the master received, skb->data at its network header: a copy for the slaves. */
void ipvlan_mcast_receive(struct ipvlan_port *port, struct sk_buff *skb,
			  const struct ipvlan_flood *flood);

/* The slave starts or stops to take part; in l2 and up is when it does. RTNL. */
void ipvlan_mcast_join(struct ipvlan_slave *slave);
void ipvlan_mcast_leave(struct ipvlan_slave *slave);

#endif
