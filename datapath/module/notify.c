// SPDX-License-Identifier: GPL-2.0-or-later
#include "notify.h"

#include <linux/etherdevice.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include "link.h"
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

	if (!port)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
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

/* Too late to refuse: the address is the stack's already. It gets no frames here. */
static void refused(const struct ipvlan_slave *slave, const struct ipvlan_addr *addr, int err)
{
	const char *why = err == -EADDRINUSE ? "another slave of the master has it" : "no memory";

	if (addr->family == AF_INET)
		netdev_warn(slave->dev, "%pI4 is unreachable: %s\n", &addr->v4, why);
	else
		netdev_warn(slave->dev, "%pI6c is unreachable: %s\n", &addr->v6, why);
}

/*
 * The master must hear the questions for the slave's addresses. The slave's own stack asks for that
 * only where it answers them itself, and not again when the mode changes.
 */
static void hear_questions(struct ipvlan_slave *slave, unsigned long event,
			   const struct ipvlan_addr *addr)
{
	struct in6_addr group;
	u8 mac[ETH_ALEN];

	if (addr->family != AF_INET6)
		return;
	addrconf_addr_solict_mult(&addr->v6, &group);
	ipv6_eth_mc_map(&group, mac);
	if (event == NETDEV_DOWN)
		dev_mc_del(slave->dev, mac);
	else if (dev_mc_add(slave->dev, mac))
		netdev_warn(slave->dev, "%pI6c may not be found by neighbours: no memory\n",
			    &addr->v6);
}

static int address_event(struct ipvlan_slave *slave, unsigned long event,
			 const struct ipvlan_addr *addr)
{
	struct ipvlan_addr_table *table = &slave->port->addrs;
	int err;

	switch (event) {
	case NETDEV_UP:
		err = ipvlan_addr_add(table, &slave->owner, addr);
		if (err) {
			refused(slave, addr, err);
			return notifier_from_errno(err);
		}
		hear_questions(slave, event, addr);
		break;
	case NETDEV_DOWN:
		if (ipvlan_addr_del(table, &slave->owner, addr))
			hear_questions(slave, event, addr);
		break;
	}
	return NOTIFY_OK;
}

/* Of a point-to-point pair the local address is the slave's; the peer is at the other end. */
static int ipv4_event(struct notifier_block *nb, unsigned long event, void *info)
{
	const struct in_ifaddr *ifa = info;
	struct net_device *dev = ifa->ifa_dev->dev;
	struct ipvlan_addr addr;

	if (!ipvlan_netdev_is_slave(dev))
		return NOTIFY_DONE;
	ipvlan_addr_set_v4(&addr, ifa->ifa_local);
	return address_event(netdev_priv(dev), event, &addr);
}

static int ipv6_event(struct notifier_block *nb, unsigned long event, void *info)
{
	const struct inet6_ifaddr *ifa = info;
	struct net_device *dev = ifa->idev->dev;
	struct ipvlan_addr addr;

	if (!ipvlan_netdev_is_slave(dev))
		return NOTIFY_DONE;
	ipvlan_addr_set_v6(&addr, &ifa->addr);
	return address_event(netdev_priv(dev), event, &addr);
}

static int address_allowed(struct ipvlan_slave *slave, const struct ipvlan_addr *addr,
			   struct netlink_ext_ack *extack)
{
	const struct ipvlan_addr_owner *holder;

	rcu_read_lock();
	holder = ipvlan_addr_holder(&slave->port->addrs, addr);
	rcu_read_unlock();
	if (!holder || holder == &slave->owner)
		return NOTIFY_OK;
	NL_SET_ERR_MSG_MOD(extack, "another slave of the master has this address; use another");
	return notifier_from_errno(-EADDRINUSE);
}

/* Of a point-to-point pair only the peer is told here; the event finds a taken local address. */
static int ipv4_validate(struct notifier_block *nb, unsigned long event, void *info)
{
	const struct in_validator_info *asked = info;
	struct net_device *dev = asked->ivi_dev->dev;
	struct ipvlan_addr addr;

	if (event != NETDEV_UP || !ipvlan_netdev_is_slave(dev))
		return NOTIFY_DONE;
	ipvlan_addr_set_v4(&addr, asked->ivi_addr);
	return address_allowed(netdev_priv(dev), &addr, asked->extack);
}

static int ipv6_validate(struct notifier_block *nb, unsigned long event, void *info)
{
	const struct in6_validator_info *asked = info;
	struct net_device *dev = asked->i6vi_dev->dev;
	struct ipvlan_addr addr;

	if (event != NETDEV_UP || !ipvlan_netdev_is_slave(dev))
		return NOTIFY_DONE;
	ipvlan_addr_set_v6(&addr, &asked->i6vi_addr);
	return address_allowed(netdev_priv(dev), &addr, asked->extack);
}

static struct notifier_block master_notifier = { .notifier_call = master_event };
static struct notifier_block ipv4_notifier = { .notifier_call = ipv4_event };
static struct notifier_block ipv4_validator = { .notifier_call = ipv4_validate };
static struct notifier_block ipv6_notifier = { .notifier_call = ipv6_event };
static struct notifier_block ipv6_validator = { .notifier_call = ipv6_validate };

int __init ipvlan_notify_init(void)
{
	int err;

	err = register_netdevice_notifier(&master_notifier);
	if (err)
		return err;
	register_inetaddr_notifier(&ipv4_notifier);
	register_inetaddr_validator_notifier(&ipv4_validator);
	register_inet6addr_notifier(&ipv6_notifier);
	register_inet6addr_validator_notifier(&ipv6_validator);
	return 0;
}

void ipvlan_notify_exit(void)
{
	unregister_inet6addr_validator_notifier(&ipv6_validator);
	unregister_inet6addr_notifier(&ipv6_notifier);
	unregister_inetaddr_validator_notifier(&ipv4_validator);
	unregister_inetaddr_notifier(&ipv4_notifier);
	unregister_netdevice_notifier(&master_notifier);
}
