// SPDX-License-Identifier: GPL-2.0-or-later
#include "port.h"

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>

static rx_handler_func_t *receive_frame __ro_after_init;
static work_func_t flood_frames __ro_after_init;

void __init ipvlan_port_init(rx_handler_func_t *receive, work_func_t flood)
{
	receive_frame = receive;
	flood_frames = flood;
}

struct ipvlan_port *ipvlan_port_of(const struct net_device *dev)
{
	if (rtnl_dereference(dev->rx_handler) != receive_frame)
		return NULL;
	return rtnl_dereference(dev->rx_handler_data);
}

struct ipvlan_port *ipvlan_port_of_rcu(const struct net_device *dev)
{
	if (rcu_access_pointer(dev->rx_handler) != receive_frame)
		return NULL;
	return rcu_dereference(dev->rx_handler_data);
}

/* A device has one rx handler. Whose is it? */
static int refuse_busy(const struct net_device *dev, struct netlink_ext_ack *extack)
{
	if (netif_is_macvlan_port(dev))
		NL_SET_ERR_MSG_MOD(extack, "master carries macvlan; use another, or ipvlan alone");
	else if (netif_is_any_bridge_port(dev))
		NL_SET_ERR_MSG_MOD(extack, "master is a bridge port; use the bridge as master");
	else if (netif_is_lag_port(dev))
		NL_SET_ERR_MSG_MOD(extack, "master is in a bond or team; use that as master");
	else
		NL_SET_ERR_MSG_MOD(extack, "another driver has the master's frames; use another");
	return -EBUSY;
}

int ipvlan_port_vet(const struct net_device *master, struct netlink_ext_ack *extack)
{
	if (ipvlan_port_of(master))
		return 0;
	if (master->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG_MOD(extack, "master is the loopback device; use an Ethernet device");
		return -EINVAL;
	}
	if (master->type != ARPHRD_ETHER) {
		NL_SET_ERR_MSG_MOD(extack, "master is not an Ethernet device; use one that is");
		return -EINVAL;
	}
	if (master->priv_flags & IFF_NO_RX_HANDLER) {
		NL_SET_ERR_MSG_MOD(extack, "master hands its frames to none; use a device below");
		return -EINVAL;
	}
	if (rtnl_dereference(master->rx_handler))
		return refuse_busy(master, extack);
	return 0;
}

static struct ipvlan_port *port_open(struct net_device *master)
{
	struct ipvlan_port *port;
	int err;

	port = kvzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return ERR_PTR(-ENOMEM);
	port->master = master;
	xa_init_flags(&port->slaves, XA_FLAGS_ALLOC);
	skb_queue_head_init(&port->flood_queue);
	INIT_WORK(&port->flood_work, flood_frames);
	err = ipvlan_addr_table_init(&port->addrs);
	if (err)
		goto err_free;
	err = ipvlan_group_table_init(&port->groups);
	if (err)
		goto err_addrs;
	err = netdev_rx_handler_register(master, receive_frame, port);
	if (err)
		goto err_groups;
	return port;

err_groups:
	ipvlan_group_table_destroy(&port->groups);
err_addrs:
	ipvlan_addr_table_destroy(&port->addrs);
err_free:
	kvfree(port);
	return ERR_PTR(err);
}

/*
 * Unregistering waits for those who are receiving, so nothing is queued after it; the work may
 * still run and look at slaves, of which there are none.
 */
static void port_close(struct ipvlan_port *port)
{
	netdev_rx_handler_unregister(port->master);
	cancel_work_sync(&port->flood_work);
	skb_queue_purge(&port->flood_queue);
	ipvlan_group_table_destroy(&port->groups);
	ipvlan_addr_table_destroy(&port->addrs);
	xa_destroy(&port->slaves);
	ipvlan_route_cache_flush(&port->routes);
	kvfree_rcu(port, rcu);
}

/* dev_ids are handed out in turn, so that one is not soon used again. */
static int take_dev_id(struct ipvlan_port *port, struct ipvlan_slave *slave)
{
	u32 id;
	int err;

	err = xa_alloc_cyclic(&port->slaves, &id, slave,
			      XA_LIMIT(IPVLAN_DEV_ID_MIN, IPVLAN_DEV_ID_MAX),
			      &port->last_dev_id, GFP_KERNEL);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	slave->dev->dev_id = id;
	return 0;
}

void ipvlan_port_set_flags(struct ipvlan_slave *slave, u16 flags)
{
	struct ipvlan_port *port = slave->port;
	unsigned int others = port->private_slaves - !!(slave->flags & IPVLAN_F_PRIVATE);

	WRITE_ONCE(port->private_slaves, others + !!(flags & IPVLAN_F_PRIVATE));
	WRITE_ONCE(slave->flags, flags);
}

int ipvlan_port_join(struct ipvlan_slave *slave)
{
	struct ipvlan_port *port = ipvlan_port_of(slave->master);
	int err;

	if (!port)
		port = port_open(slave->master);
	if (IS_ERR(port))
		return PTR_ERR(port);

	INIT_LIST_HEAD(&slave->owner.entries);
	slave->port = port;
	err = take_dev_id(port, slave);
	if (err && xa_empty(&port->slaves))
		port_close(port);
	return err;
}

void ipvlan_port_leave(struct ipvlan_slave *slave)
{
	struct ipvlan_port *port = slave->port;

	ipvlan_port_set_flags(slave, 0);
	ipvlan_addr_flush(&port->addrs, &slave->owner);
	xa_erase(&port->slaves, slave->dev->dev_id);
	if (xa_empty(&port->slaves))
		port_close(port);
}
