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

/* A frame that a slave sends, skb->data at its Ethernet header: a copy for the others. */
void ipvlan_mcast_send(struct ipvlan_slave *sender, struct sk_buff *skb);

/*
 * A frame that the master received, skb->data at its network header: a copy for the slaves.
 * @sender is the slave that sent it, if the network has sent a slave's frame back, else NULL.
 */
void ipvlan_mcast_receive(struct ipvlan_port *port, struct ipvlan_slave *sender,
			  struct sk_buff *skb);

/* Takes over the groups of the slave: what it will get of the frames above. */
void ipvlan_mcast_set_filter(struct ipvlan_slave *slave);

/* The slave starts or stops to take part; in l2 and up is when it does. RTNL. */
void ipvlan_mcast_join(struct ipvlan_slave *slave);
void ipvlan_mcast_leave(struct ipvlan_slave *slave);

#endif
