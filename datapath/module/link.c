// SPDX-License-Identifier: GPL-2.0-or-later
#include "link.h"

#include <linux/netdevice.h>
#include <net/rtnetlink.h>
#include "l3s.h"
#include "lock.h"
#include "mcast.h"
#include "netdev.h"
#include "port.h"

static const struct nla_policy policy[IFLA_IPVLAN_LOCK_ADDRS + 1] = {
	[IFLA_IPVLAN_MODE]	= { .type = NLA_U16 },
	[IFLA_IPVLAN_FLAGS]	= { .type = NLA_U16 },
	[IFLA_IPVLAN_LOCK]	= { .type = NLA_U8 },
	[IFLA_IPVLAN_LOCK_ADDRS] = { .type = NLA_NESTED },
};

static int validate_mode(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	switch (nla_get_u16(attr)) {
	case IPVLAN_MODE_L2:
	case IPVLAN_MODE_L3:
	case IPVLAN_MODE_L3S:
		return 0;
	}
	NL_SET_ERR_MSG_MOD(extack, "unknown mode; use l2, l3 or l3s");
	return -EINVAL;
}

static int validate_flags(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const u16 flags = nla_get_u16(attr);

	if (flags & ~IPVLAN_FLAGS_ALL) {
		NL_SET_ERR_MSG_MOD(extack, "unknown flag; use private, vepa or none (bridge)");
		return -EINVAL;
	}
	if (flags == IPVLAN_FLAGS_ALL) {
		NL_SET_ERR_MSG_MOD(extack, "a slave is private or vepa, not both; use one");
		return -EINVAL;
	}
	return 0;
}

static int validate(struct nlattr *tb[], struct nlattr *data[], struct netlink_ext_ack *extack)
{
	int err = 0;

	if (data && data[IFLA_IPVLAN_MODE])
		err = validate_mode(data[IFLA_IPVLAN_MODE], extack);
	if (!err && data && data[IFLA_IPVLAN_FLAGS])
		err = validate_flags(data[IFLA_IPVLAN_FLAGS], extack);
	if (!err && data)
		err = ipvlan_lock_validate(data[IFLA_IPVLAN_LOCK], data[IFLA_IPVLAN_LOCK_ADDRS],
					   extack);
	return err;
}

/* Who may act on a slave's place on its master: not everyone who holds the slave's netns. */
static bool is_allowed(const struct net_device *master)
{
	return ns_capable(dev_net(master)->user_ns, CAP_NET_ADMIN);
}

/* A slave given as master stands for its own master. */
static struct net_device *find_master(struct net *net, struct nlattr *tb[],
				      struct netlink_ext_ack *extack)
{
	const struct ipvlan_slave *sibling;
	struct net_device *dev;

	if (!tb[IFLA_LINK]) {
		NL_SET_ERR_MSG_MOD(extack, "no master given; add 'link DEVICE'");
		return ERR_PTR(-EINVAL);
	}
	dev = __dev_get_by_index(net, nla_get_u32(tb[IFLA_LINK]));
	if (!dev) {
		NL_SET_ERR_MSG_MOD(extack, "no such master; give a device that is there");
		return ERR_PTR(-ENODEV);
	}
	if (!ipvlan_netdev_is_slave(dev))
		return dev;

	sibling = netdev_priv(dev);
	if (!is_allowed(sibling->master)) {
		NL_SET_ERR_MSG_MOD(extack, "a slave beside it needs CAP_NET_ADMIN at its master");
		return ERR_PTR(-EPERM);
	}
	return sibling->master;
}

/* In l3 the master's netns resolves neighbours; the slave's must not try. */
static unsigned int arp_flag(u16 mode)
{
	return mode == IPVLAN_MODE_L2 ? 0 : IFF_NOARP;
}

/* All but the flags, which have to do with the port and so wait for it. */
static void set_up(struct ipvlan_slave *slave, struct net_device *dev, struct net_device *master,
		   struct nlattr *tb[], struct nlattr *data[])
{
	slave->master = master;
	slave->mode = IPVLAN_MODE_DEFAULT;
	if (data && data[IFLA_IPVLAN_MODE])
		slave->mode = nla_get_u16(data[IFLA_IPVLAN_MODE]);
	dev->flags |= arp_flag(slave->mode);
	if (!tb[IFLA_MTU])
		dev->mtu = master->mtu;
	slave->follows_mtu = dev->mtu == master->mtu;
}

static int set_lock(struct ipvlan_slave *slave, struct nlattr *data[],
		    struct netlink_ext_ack *extack)
{
	int err;

	if (!data || !data[IFLA_IPVLAN_LOCK])
		return 0;
	err = ipvlan_lock_may_change(slave, true, extack);
	if (err)
		return err;
	return ipvlan_lock_set(slave, nla_get_u8(data[IFLA_IPVLAN_LOCK]),
			       data[IFLA_IPVLAN_LOCK_ADDRS], extack);
}

static int newlink(struct net_device *dev, struct rtnl_newlink_params *params,
		   struct netlink_ext_ack *extack)
{
	struct ipvlan_slave *slave = netdev_priv(dev);
	struct net_device *master;
	int err;

	master = find_master(rtnl_newlink_link_net(params), params->tb, extack);
	if (IS_ERR(master))
		return PTR_ERR(master);
	err = ipvlan_port_vet(master, extack);
	if (!err)
		err = ipvlan_lock_may_create(master, extack);
	if (err)
		return err;

	set_up(slave, dev, master, params->tb, params->data);
	if (slave->mode == IPVLAN_MODE_L3S) {
		err = ipvlan_l3s_vet(master, extack);
		if (err)
			return err;
	}
	err = register_netdevice(dev);
	if (err == -ENOSPC)
		NL_SET_ERR_MSG_MOD(extack, "master has all the slaves it can have; delete some");
	if (err)
		return err;
	err = set_lock(slave, params->data, extack);
	if (!err)
		err = netdev_upper_dev_link(master, dev, extack);
	if (err)
		goto err_unregister;
	if (params->data && params->data[IFLA_IPVLAN_FLAGS])
		ipvlan_port_set_flags(slave, nla_get_u16(params->data[IFLA_IPVLAN_FLAGS]));
	ipvlan_netdev_follow_carrier(slave);
	return 0;

err_unregister:
	unregister_netdevice(dev);
	return err;
}

COMPAT_NEWLINK(newlink_entry, newlink)

/* What can refuse goes first, and is taken back when what comes after it refuses. */
static int change_mode(struct ipvlan_slave *slave, u16 mode, struct netlink_ext_ack *extack)
{
	struct net_device *dev = slave->dev;
	const u16 old = slave->mode;
	int err;

	if (mode == old)
		return 0;
	if (mode == IPVLAN_MODE_L3S) {
		err = ipvlan_l3s_vet(slave->master, extack) ?: ipvlan_l3s_join(slave);
		if (err)
			return err;
	}
	err = dev_change_flags(dev, (netif_get_flags(dev) & ~IFF_NOARP) | arp_flag(mode), extack);
	if (err)
		goto err_l3s;
	if (netif_running(dev))
		ipvlan_mcast_leave(slave);
	WRITE_ONCE(slave->mode, mode);
	if (netif_running(dev))
		ipvlan_mcast_join(slave);
	if (old == IPVLAN_MODE_L3S)
		ipvlan_l3s_leave(slave);
	return 0;

err_l3s:
	if (mode == IPVLAN_MODE_L3S)
		ipvlan_l3s_leave(slave);
	return err;
}

static int changelink(struct net_device *dev, struct nlattr *tb[], struct nlattr *data[],
		      struct netlink_ext_ack *extack)
{
	struct ipvlan_slave *slave = netdev_priv(dev);
	int err;

	if (!data)
		return 0;
	if (!is_allowed(slave->master)) {
		NL_SET_ERR_MSG_MOD(extack, "changing a slave needs CAP_NET_ADMIN at its master");
		return -EPERM;
	}
	err = ipvlan_lock_may_change(slave, data[IFLA_IPVLAN_LOCK], extack);
	if (!err)
		err = set_lock(slave, data, extack);
	if (err)
		return err;
	if (data[IFLA_IPVLAN_MODE]) {
		err = change_mode(slave, nla_get_u16(data[IFLA_IPVLAN_MODE]), extack);
		if (err)
			return err;
	}
	if (data[IFLA_IPVLAN_FLAGS])
		ipvlan_port_set_flags(slave, nla_get_u16(data[IFLA_IPVLAN_FLAGS]));
	return 0;
}

static void dellink(struct net_device *dev, struct list_head *batch)
{
	const struct ipvlan_slave *slave = netdev_priv(dev);

	unregister_netdevice_queue(dev, batch);
	netdev_upper_dev_unlink(slave->master, dev);
}

void ipvlan_link_delete_all(struct ipvlan_port *port)
{
	struct ipvlan_slave *slave;
	unsigned long id;
	LIST_HEAD(batch);

	/* one that is already in a batch, as when all netns end at once, stays in that */
	xa_for_each(&port->slaves, id, slave) {
		if (list_empty(&slave->dev->unreg_list))
			dellink(slave->dev, &batch);
	}
	unregister_netdevice_many(&batch);
}

static size_t get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(u16)) +	/* IFLA_IPVLAN_MODE */
	       nla_total_size(sizeof(u16)) +	/* IFLA_IPVLAN_FLAGS */
	       nla_total_size(sizeof(u8));	/* IFLA_IPVLAN_LOCK */
}

static int fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct ipvlan_slave *slave = netdev_priv(dev);

	if (nla_put_u16(skb, IFLA_IPVLAN_MODE, slave->mode) ||
	    nla_put_u16(skb, IFLA_IPVLAN_FLAGS, slave->flags) ||
	    nla_put_u8(skb, IFLA_IPVLAN_LOCK, slave->owner.is_locked))
		return -EMSGSIZE;
	return 0;
}

static struct net *get_link_net(const struct net_device *dev)
{
	const struct ipvlan_slave *slave = netdev_priv(dev);

	return dev_net(slave->master);
}

static struct rtnl_link_ops link_ops __read_mostly = {
	.kind		= IPVLAN_KIND,
	.priv_size	= sizeof(struct ipvlan_slave),
	.setup		= ipvlan_netdev_setup,
	.maxtype	= ARRAY_SIZE(policy) - 1,
	.policy		= policy,
	.validate	= validate,
	.newlink	= newlink_entry,
	.changelink	= changelink,
	.dellink	= dellink,
	.get_size	= get_size,
	.fill_info	= fill_info,
	.get_link_net	= get_link_net,
};

int __init ipvlan_link_init(void)
{
	return rtnl_link_register(&link_ops);
}

void ipvlan_link_exit(void)
{
	rtnl_link_unregister(&link_ops);
}
