// SPDX-License-Identifier: GPL-2.0-or-later
#include "notify.h"

#include <linux/netdevice.h>
#include "link.h"
#include "lock.h"
#include "netdev.h"
#include "port.h"

static void each_slave(struct ipvlan_port *port, void (*act)(struct ipvlan_slave *slave))
{
	struct ipvlan_slave *slave;
	unsigned long id;

	xa_for_each(&port->slaves, id, slave)
		act(slave);
}

/* The master announces itself anew; so must everyone who is reached through it. */
static void relay(struct ipvlan_port *port, unsigned long event)
{
	struct ipvlan_slave *slave;
	unsigned long id;

	xa_for_each(&port->slaves, id, slave)
		call_netdevice_notifiers(event, slave->dev);
}

/* May the master have this MAC? Then each slave will have it too. */
static int ask_mac(struct ipvlan_port *port, struct netdev_notifier_pre_changeaddr_info *info)
{
	struct netlink_ext_ack *extack = netdev_notifier_info_to_extack(&info->info);
	struct ipvlan_slave *slave;
	unsigned long id;
	int err;

	xa_for_each(&port->slaves, id, slave) {
		err = netif_pre_changeaddr_notify(slave->dev, info->dev_addr, extack);
		if (err)
			return notifier_from_errno(err);
	}
	return NOTIFY_DONE;
}

/* A VRF has the master's datagrams before us, so slaves in l3s would get none any more. */
static int ask_upper(const struct ipvlan_port *port, struct netdev_notifier_changeupper_info *info)
{
	if (!info->linking || !netif_is_l3_master(info->upper_dev) || !port->l3s_slaves)
		return NOTIFY_DONE;
	NL_SET_ERR_MSG_MOD(netdev_notifier_info_to_extack(&info->info),
			   "has slaves in mode l3s, which do not go with a VRF; use l3");
	return notifier_from_errno(-EBUSY);
}

static int master_event(struct notifier_block *nb, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct ipvlan_port *port = ipvlan_port_of(dev);

	if (event == NETDEV_REGISTER && ipvlan_netdev_is_slave(dev))
		ipvlan_lock_follow(netdev_priv(dev));
	if (!port)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_DOWN:
		/* also before it moves to another netns: nothing of this one goes along */
		ipvlan_route_cache_flush(&port->routes);
		fallthrough;
	case NETDEV_UP:
	case NETDEV_CHANGE:
		each_slave(port, ipvlan_netdev_follow_carrier);
		break;
	case NETDEV_FEAT_CHANGE:
		each_slave(port, ipvlan_netdev_follow_features);
		break;
	case NETDEV_CHANGEMTU:
		each_slave(port, ipvlan_netdev_follow_mtu);
		break;
	case NETDEV_PRE_CHANGEADDR:
		return ask_mac(port, info);
	case NETDEV_CHANGEADDR:
		each_slave(port, ipvlan_netdev_follow_mac);
		break;
	case NETDEV_PRE_TYPE_CHANGE:
		return NOTIFY_BAD;
	case NETDEV_PRECHANGEUPPER:
		return ask_upper(port, info);
	case NETDEV_NOTIFY_PEERS:
	case NETDEV_BONDING_FAILOVER:
	case NETDEV_RESEND_IGMP:
		relay(port, event);
		break;
	case NETDEV_UNREGISTER:
		/* else it only moves to another netns, and is registered again there */
		if (dev->reg_state == NETREG_UNREGISTERING)
			ipvlan_link_delete_all(port);
		else
			each_slave(port, ipvlan_netdev_take_groups);
		break;
	case NETDEV_REGISTER:
		each_slave(port, ipvlan_netdev_give_groups);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block master_notifier = { .notifier_call = master_event };

int __init ipvlan_notify_init(void)
{
	return register_netdevice_notifier(&master_notifier);
}

void ipvlan_notify_exit(void)
{
	unregister_netdevice_notifier(&master_notifier);
}
