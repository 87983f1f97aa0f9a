// SPDX-License-Identifier: GPL-2.0-or-later
#include "lock.h"

#include <linux/nsproxy.h>
#include <net/addrconf.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/netns/generic.h>
#include "netdev.h"
#include "port.h"

/* Of a netns: it has had a locked slave. */
struct confinement {
	bool is_confined;
};

static unsigned int confinement_id __read_mostly;

static struct pernet_operations confinement_ops = {
	.id = &confinement_id,
	.size = sizeof(struct confinement),
};

int __init ipvlan_lock_init(void)
{
	return register_pernet_subsys(&confinement_ops);
}

void ipvlan_lock_exit(void)
{
	unregister_pernet_subsys(&confinement_ops);
}

static struct confinement *confinement(const struct net *net)
{
	return net_generic(net, confinement_id);
}

/* ---- who may ------------------------------------------------------------------------------- */

/*
 * A capability does not tell: a container's root often has that of the host's user namespace. Its
 * netns does, which it cannot change to the host's, whatever socket it holds.
 */
static bool is_at(const struct net_device *master)
{
	return net_eq(current->nsproxy->net_ns, dev_net(master));
}

int ipvlan_lock_may_create(const struct net_device *master, struct netlink_ext_ack *extack)
{
	if (is_at(master) || !confinement(current->nsproxy->net_ns)->is_confined)
		return 0;
	NL_SET_ERR_MSG_MOD(extack, "beside a locked slave, only the master's netns makes one");
	return -EPERM;
}

int ipvlan_lock_may_change(const struct ipvlan_slave *slave, bool is_lock_asked,
			   struct netlink_ext_ack *extack)
{
	if (is_at(slave->master) || (!slave->owner.is_locked && !is_lock_asked))
		return 0;
	NL_SET_ERR_MSG_MOD(extack, "only the master's netns changes a lock or a locked slave");
	return -EPERM;
}

/* ---- what is allowed ----------------------------------------------------------------------- */

static bool read_addr(const struct nlattr *attr, struct ipvlan_addr *addr)
{
	if (nla_type(attr) != IFLA_IPVLAN_LOCK_ADDR)
		return false;
	switch (nla_len(attr)) {
	case sizeof(addr->v4):
		ipvlan_addr_set_v4(addr, nla_get_in_addr(attr));
		return !ipv4_is_zeronet(addr->v4) && !ipv4_is_multicast(addr->v4);
	case sizeof(addr->v6):
		addr->family = AF_INET6;
		addr->v6 = nla_get_in6_addr(attr);
		return !ipv6_addr_any(&addr->v6) && !ipv6_addr_is_multicast(&addr->v6);
	}
	return false;
}

int ipvlan_lock_validate(const struct nlattr *lock, const struct nlattr *addrs,
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	struct ipvlan_addr addr;
	int rest;

	if (lock && nla_get_u8(lock) > 1) {
		NL_SET_ERR_MSG_ATTR(extack, lock, "ipvlan: a lock is 1, none is 0");
		return -EINVAL;
	}
	if (!addrs)
		return 0;
	if (!lock || !nla_get_u8(lock)) {
		NL_SET_ERR_MSG_ATTR(extack, addrs, "ipvlan: addresses are allowed with a lock");
		return -EINVAL;
	}
	nla_for_each_nested(attr, addrs, rest) {
		if (read_addr(attr, &addr))
			continue;
		NL_SET_ERR_MSG_ATTR(extack, attr, "ipvlan: not an address that a slave can have");
		return -EINVAL;
	}
	return 0;
}

/* The link-local address that its stack makes of the MAC when it comes up (RFC 4291, 2.5.6). */
static int allow_link_local(struct ipvlan_slave *slave)
{
	struct ipvlan_addr addr = { .family = AF_INET6 };

	addr.v6.s6_addr32[0] = htonl(0xfe800000);
	addrconf_ifid_eui48(addr.v6.s6_addr + 8, slave->dev);
	return ipvlan_addr_allow(&slave->port->addrs, &slave->owner, &addr);
}

static int allow_all(struct ipvlan_slave *slave, const struct nlattr *addrs)
{
	const struct nlattr *attr;
	struct ipvlan_addr addr;
	int rest, err;

	err = allow_link_local(slave);
	if (err || !addrs)
		return err;
	nla_for_each_nested(attr, addrs, rest) {
		read_addr(attr, &addr);
		err = ipvlan_addr_allow(&slave->port->addrs, &slave->owner, &addr);
		if (err)
			return err;
	}
	return 0;
}

/* ---- the lock ------------------------------------------------------------------------------ */

static bool has_locked(struct net *net)
{
	const struct ipvlan_slave *slave;
	struct net_device *dev;

	for_each_netdev(net, dev) {
		slave = netdev_priv(dev);
		if (ipvlan_netdev_is_slave(dev) && slave->owner.is_locked)
			return true;
	}
	return false;
}

int ipvlan_lock_set(struct ipvlan_slave *slave, bool is_locked, const struct nlattr *addrs,
		    struct netlink_ext_ack *extack)
{
	const bool was_locked = slave->owner.is_locked;
	struct net *net = dev_net(slave->dev);
	int err;

	err = is_locked ? allow_all(slave, addrs) : 0;
	if (err)
		NL_SET_ERR_MSG_MOD(extack, "an address to be allowed is another slave's");
	ipvlan_addr_set_lock(&slave->port->addrs, &slave->owner, err ? was_locked : is_locked);
	confinement(net)->is_confined = has_locked(net);
	return err;
}

void ipvlan_lock_follow(struct ipvlan_slave *slave)
{
	if (!slave->owner.is_locked)
		return;
	confinement(dev_net(slave->dev))->is_confined = true;
	if (allow_link_local(slave))
		netdev_warn(slave->dev, "locked out of its link-local address\n");
}
