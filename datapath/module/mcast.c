// SPDX-License-Identifier: GPL-2.0-or-later
#include "mcast.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/hash.h>
#include "handover.h"
#include "port.h"

/* Frames that wait for the work of one port; what comes when it is full is lost and counted. */
#define FLOOD_QUEUE_MAX	4096

/* Slaves that are served before others may run. */
#define FLOOD_BATCH	16

/* What the work must know of a frame. The sender may be gone by then and is only compared. */
struct flood {
	const struct ipvlan_slave *sender; /* NULL: it came from the wire */
	u16 sender_flags;
	bool is_reflected; /* sent by the sender to the network and back from there */
};

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

static struct flood *flood_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct flood) > sizeof(skb->cb));
	return (struct flood *)skb->cb;
}

static unsigned int filter_bit(const u8 *mac)
{
	return hash_32(get_unaligned((const u32 *)(mac + 2)), IPVLAN_MAC_FILTER_BITS);
}

/*
 * Between two slaves: what is switched inside reaches those that are bridges both; what the
 * network sends back reaches those that left it to the network, and a private one never.
 */
static bool is_for_sibling(const struct flood *flood, const struct ipvlan_slave *slave)
{
	u16 flags = flood->sender_flags | READ_ONCE(slave->flags);

	return flood->is_reflected ? flags == IPVLAN_F_VEPA : !flags;
}

static bool is_wanted(const struct flood *flood, const struct sk_buff *skb,
		      const struct ipvlan_slave *slave)
{
	if (READ_ONCE(slave->mode) != IPVLAN_MODE_L2 || !READ_ONCE(slave->owner.is_live))
		return false;
	if (!test_bit(filter_bit(eth_hdr(skb)->h_dest), slave->mac_filter))
		return false;
	return !flood->sender || (slave != flood->sender && is_for_sibling(flood, slave));
}

static bool is_too_long(const struct ipvlan_slave *slave, const struct sk_buff *skb)
{
	return skb->len > READ_ONCE(slave->dev->mtu) + VLAN_HLEN && !skb_is_gso(skb);
}

static void deliver(struct ipvlan_slave *slave, struct sk_buff *skb, bool is_from_wire)
{
	struct sk_buff *copy;

	if (!is_from_wire && is_too_long(slave, skb)) {
		ipvlan_stats_drop(slave->stats, IPVLAN_DROP_RX_MTU);
		return;
	}
	copy = skb_clone(skb, GFP_ATOMIC);
	if (!copy) {
		ipvlan_stats_drop(slave->stats, IPVLAN_DROP_RX_NOMEM);
		return;
	}
	memset(copy->cb, 0, sizeof(copy->cb));
	ipvlan_stats_rx_multicast(slave->stats, copy->len + ETH_HLEN);
	ipvlan_hand_over(copy, slave->dev);
	netif_receive_skb(copy);
}

/*
 * The slaves are walked by number, so the walk can be left and taken up again while slaves come
 * and go. Received in place, not through the backlog of the CPU, which a thousand copies overflow.
 */
static void flood_frame(struct ipvlan_port *port, struct sk_buff *skb)
{
	const struct flood flood = *flood_of(skb);
	struct ipvlan_slave *slave;
	unsigned int served = 0;
	unsigned long id;

	local_bh_disable();
	rcu_read_lock();
	xa_for_each(&port->slaves, id, slave) {
		if (!is_wanted(&flood, skb, slave))
			continue;
		deliver(slave, skb, !flood.sender);
		if (++served % FLOOD_BATCH)
			continue;
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
		local_bh_disable();
		rcu_read_lock();
	}
	rcu_read_unlock();
	local_bh_enable();
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

/* From here on the frame belongs to no slave: its device is the master, which the port outlives. */
static void enqueue(struct ipvlan_port *port, struct sk_buff *skb, struct flood flood)
{
	skb->dev = port->master;
	*flood_of(skb) = flood;
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

void ipvlan_mcast_send(struct ipvlan_slave *sender, struct sk_buff *skb)
{
	struct ipvlan_port *port = sender->port;
	struct sk_buff *copy;

	/* nobody listens but the sender itself, or it leaves its siblings to the network */
	if (READ_ONCE(port->flood_members) < 2 || READ_ONCE(sender->flags))
		return;
	if (is_full(port)) {
		ipvlan_stats_drop(sender->stats, IPVLAN_DROP_TX_FLOOD_FULL);
		return;
	}
	copy = skb_clone(skb, GFP_ATOMIC);
	if (!copy) {
		ipvlan_stats_drop(sender->stats, IPVLAN_DROP_TX_FLOOD_NOMEM);
		return;
	}
	turn_round(copy);
	enqueue(port, copy, (struct flood){ .sender = sender });
}

void ipvlan_mcast_receive(struct ipvlan_port *port, struct ipvlan_slave *sender,
			  struct sk_buff *skb)
{
	struct flood flood = { .sender = sender, .is_reflected = sender };
	struct sk_buff *copy;

	if (sender)
		flood.sender_flags = READ_ONCE(sender->flags);
	copy = is_full(port) ? NULL : skb_clone(skb, GFP_ATOMIC);
	if (copy)
		enqueue(port, copy, flood);
	else
		atomic_long_inc(&port->flood_lost);
}

void ipvlan_mcast_set_filter(struct ipvlan_slave *slave)
{
	DECLARE_BITMAP(filter, 1 << IPVLAN_MAC_FILTER_BITS);
	const struct net_device *dev = slave->dev;
	const struct netdev_hw_addr *group;

	if (dev->flags & (IFF_PROMISC | IFF_ALLMULTI)) {
		bitmap_fill(filter, 1 << IPVLAN_MAC_FILTER_BITS);
	} else {
		bitmap_zero(filter, 1 << IPVLAN_MAC_FILTER_BITS);
		__set_bit(filter_bit(dev->broadcast), filter);
		netdev_for_each_mc_addr(group, dev)
			__set_bit(filter_bit(group->addr), filter);
	}
	bitmap_copy(slave->mac_filter, filter, 1 << IPVLAN_MAC_FILTER_BITS);
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
