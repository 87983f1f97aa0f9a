// SPDX-License-Identifier: GPL-2.0-or-later
#include "mcast.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include "handover.h"
#include "port.h"

/* Frames that wait for the work of one port; what comes when it is full is lost and counted. */
#define FLOOD_QUEUE_MAX	4096

/* Slaves that are served before others may run. */
#define FLOOD_BATCH	16

static struct workqueue_struct *flood_workqueue;

int __init ipvlan_mcast_init(void)
{
	flood_workqueue = alloc_workqueue("ipvlan", WQ_UNBOUND, 0);
	return flood_workqueue ? 0 : -ENOMEM;
}

void ipvlan_mcast_exit(void)
{
	destroy_workqueue(flood_workqueue);
}

static struct ipvlan_flood *flood_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct ipvlan_flood) > sizeof(skb->cb));
	return (struct ipvlan_flood *)skb->cb;
}

static bool is_wanted(const struct ipvlan_flood *flood, const struct ipvlan_slave *slave)
{
	if (READ_ONCE(slave->mode) != IPVLAN_MODE_L2 || !READ_ONCE(slave->owner.is_live))
		return false;
	if (slave == flood->sender || slave == flood->served)
		return false;
	return !flood->sender ||
	       ipvlan_port_may_pass(flood->sender_flags | READ_ONCE(slave->flags),
				    flood->is_reflected);
}

static bool is_too_long(const struct ipvlan_slave *slave, const struct sk_buff *skb)
{
	return skb->len > READ_ONCE(slave->dev->mtu) + VLAN_HLEN && !skb_is_gso(skb);
}

static void deliver(struct ipvlan_slave *slave, struct sk_buff *skb, bool is_from_wire)
{
	struct sk_buff *copy;

	if (!is_from_wire && is_too_long(slave, skb)) {
		ipvlan_stats_drop(&slave->stats, IPVLAN_DROP_RX_MTU);
		return;
	}
	copy = skb_clone(skb, GFP_ATOMIC);
	if (!copy) {
		ipvlan_stats_drop(&slave->stats, IPVLAN_DROP_RX_NOMEM);
		return;
	}
	memset(flood_of(copy), 0, sizeof(struct ipvlan_flood));
	ipvlan_stats_rx_multicast(&slave->stats, copy->len + ETH_HLEN);
	ipvlan_hand_over(copy, slave->dev);
	netif_receive_skb(copy);
}

/* Those who get a frame, by dev_id. */
enum audience { EVERYONE, MEMBERS, LISTENERS };

static struct xarray *find_audience(struct ipvlan_port *port, enum audience which, const u8 *mac)
{
	switch (which) {
	case EVERYONE:
		return &port->slaves;
	case MEMBERS:
		return ipvlan_group_members(&port->groups, mac);
	default:
		return &port->groups.listeners;
	}
}

/* From @id on, FLOOD_BATCH of them. False: these were the last. */
static bool flood_batch(struct ipvlan_port *port, struct sk_buff *skb,
			const struct ipvlan_flood *flood, enum audience which, unsigned long *id)
{
	struct xarray *slaves = find_audience(port, which, eth_hdr(skb)->h_dest);
	XA_STATE(at, slaves, *id);
	struct ipvlan_slave *slave;
	unsigned int served = 0;

	if (!slaves)
		return false;
	/* xa_for_each() would look each one up from the top, for 200 instructions */
	xas_for_each(&at, slave, ULONG_MAX) {
		if (xas_retry(&at, slave))
			continue;
		if (which == MEMBERS && READ_ONCE(slave->wants_all))
			continue;
		if (!is_wanted(flood, slave))
			continue;
		deliver(slave, skb, !flood->sender);
		if (++served == FLOOD_BATCH)
			break;
	}
	*id = at.xa_index + 1;
	return slave;
}

/*
 * The slaves are walked by number, so the walk can be left and taken up again while slaves come
 * and go. Received in place, not through the backlog of the CPU, which a thousand copies overflow.
 */
static void flood_to(struct ipvlan_port *port, struct sk_buff *skb,
		     const struct ipvlan_flood *flood, enum audience which)
{
	unsigned long id = 0;
	bool has_more;

	do {
		local_bh_disable();
		rcu_read_lock();
		has_more = flood_batch(port, skb, flood, which, &id);
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	} while (has_more);
}

static void flood_frame(struct ipvlan_port *port, struct sk_buff *skb)
{
	const struct ipvlan_flood flood = *flood_of(skb);

	if (flood.is_question) {
		flood_to(port, skb, &flood, LISTENERS);
	} else if (is_broadcast_ether_addr(eth_hdr(skb)->h_dest)) {
		flood_to(port, skb, &flood, EVERYONE);
	} else {
		flood_to(port, skb, &flood, MEMBERS);
		flood_to(port, skb, &flood, LISTENERS);
	}
}

void ipvlan_mcast_work(struct work_struct *work)
{
	struct ipvlan_port *port = container_of(work, struct ipvlan_port, flood_work);
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&port->flood_queue))) {
		flood_frame(port, skb);
		consume_skb(skb);
		cond_resched();
	}
}

static bool is_full(const struct ipvlan_port *port)
{
	return skb_queue_len_lockless(&port->flood_queue) >= FLOOD_QUEUE_MAX;
}

/* Nobody of those who get such frames is there. */
static bool is_for_none(struct ipvlan_port *port, const struct ipvlan_flood *flood)
{
	if (flood->is_question)
		return xa_empty(&port->groups.listeners);
	return READ_ONCE(port->flood_members) <= (flood->sender ? 1 : 0);
}

/* From here on the frame belongs to no slave: its device is the master, which the port outlives. */
static void enqueue(struct ipvlan_port *port, struct sk_buff *skb, const struct ipvlan_flood *flood)
{
	skb->dev = port->master;
	*flood_of(skb) = *flood;
	skb_queue_tail(&port->flood_queue, skb);
	queue_work(flood_workqueue, &port->flood_work);
}

/* As a receiver expects it: skb->data at the network header, nothing of the sender's netns. */
static void turn_round(struct sk_buff *skb)
{
	skb_scrub_packet(skb, true);
	skb->priority = 0;
	skb->protocol = eth_type_trans(skb, skb->dev);
	skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
}

void ipvlan_mcast_send(struct ipvlan_slave *sender, struct sk_buff *skb,
		       const struct ipvlan_flood *flood)
{
	struct ipvlan_port *port = sender->port;
	struct sk_buff *copy;

	/* a private one has no siblings, one in vepa leaves them to the network */
	if (is_for_none(port, flood) || READ_ONCE(sender->flags))
		return;
	if (is_full(port)) {
		ipvlan_stats_drop(&sender->stats, IPVLAN_DROP_TX_FLOOD_FULL);
		return;
	}
	copy = skb_clone(skb, GFP_ATOMIC);
	if (!copy) {
		ipvlan_stats_drop(&sender->stats, IPVLAN_DROP_TX_FLOOD_NOMEM);
		return;
	}
	turn_round(copy);
	enqueue(port, copy, flood);
}

void ipvlan_mcast_receive(struct ipvlan_port *port, struct sk_buff *skb,
			  const struct ipvlan_flood *flood)
{
	struct sk_buff *copy;

	if (is_for_none(port, flood))
		return;
	copy = is_full(port) ? NULL : skb_clone(skb, GFP_ATOMIC);
	if (copy)
		enqueue(port, copy, flood);
	else
		atomic_long_inc(&port->flood_lost);
}

void ipvlan_mcast_join(struct ipvlan_slave *slave)
{
	if (slave->mode == IPVLAN_MODE_L2)
		WRITE_ONCE(slave->port->flood_members, slave->port->flood_members + 1);
}

void ipvlan_mcast_leave(struct ipvlan_slave *slave)
{
	if (slave->mode == IPVLAN_MODE_L2)
		WRITE_ONCE(slave->port->flood_members, slave->port->flood_members - 1);
}
