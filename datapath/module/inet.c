// SPDX-License-Identifier: GPL-2.0-or-later
#include "inet.h"

#include <linux/etherdevice.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include "netdev.h"
#include "port.h"

static struct workqueue_struct *evict_workqueue;

/* Until an address that may not be is gone. */
#define EVICT_INTERVAL (HZ / 10)

/* ---- the addresses of the host ------------------------------------------------------------- */

static bool has_ipv4(const struct net_device *dev, __be32 addr)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (ifa->ifa_local == addr)
			return true;
	return false;
}

/* Frames for it are the host's: a slave that took it would get them. */
static bool is_masters(const struct net_device *master, const struct ipvlan_addr *addr)
{
	bool is_found;

	if (addr->family == AF_INET6)
		return ipv6_chk_addr(dev_net(master), &addr->v6, master, 0);
	rcu_read_lock();
	is_found = has_ipv4(master, addr->v4);
	rcu_read_unlock();
	return is_found;
}

/* ---- what a slave may have ----------------------------------------------------------------- */

/* May the slave have it? 0, or why not: see reason(). */
static int vet_slave(struct ipvlan_slave *slave, const struct ipvlan_addr *addr)
{
	const struct ipvlan_addr_owner *holder;

	rcu_read_lock();
	holder = ipvlan_addr_holder(&slave->port->addrs, addr);
	rcu_read_unlock();
	if (holder == &slave->owner)
		return 0;
	if (holder)
		return -EADDRINUSE;
	if (is_masters(slave->master, addr))
		return -EADDRNOTAVAIL;
	return READ_ONCE(slave->owner.is_locked) ? -EPERM : 0;
}

/* ---- addresses that may not be ------------------------------------------------------------- */

/*
 * As if duplicate address detection had found it taken (RFC 4862, 5.4.5), which it has: an address
 * that was advertised goes, one that is permanent stays unused, and who watches is told. The work
 * is the stack's own; it is put off to where we can wait for it. True: it is not over yet.
 */
static bool fail_detection(struct inet6_ifaddr *ifa)
{
	bool is_over;

	spin_lock_bh(&ifa->lock);
	is_over = ifa->state == INET6_IFADDR_STATE_DEAD || ifa->flags & IFA_F_DADFAILED;
	if (!is_over)
		ifa->state = INET6_IFADDR_STATE_ERRDAD;
	spin_unlock_bh(&ifa->lock);
	if (is_over)
		return false;
	in6_ifa_hold(ifa);
	if (mod_delayed_work(evict_workqueue, &ifa->dad_work, 0))
		__in6_ifa_put(ifa);
	return true;
}

static bool evict_all(struct ipvlan_slave *slave)
{
	struct inet6_dev *idev = __in6_dev_get(slave->dev);
	struct inet6_ifaddr *ifa;
	struct ipvlan_addr addr;
	bool has_more = false;

	if (!idev)
		return false;
	read_lock_bh(&idev->lock);
	list_for_each_entry(ifa, &idev->addr_list, if_list) {
		ipvlan_addr_set_v6(&addr, &ifa->addr);
		if (vet_slave(slave, &addr))
			has_more |= fail_detection(ifa);
	}
	read_unlock_bh(&idev->lock);
	return has_more;
}

/* Whoever closes the slave waits for this and has RTNL: it is not waited for. */
static void evict_work(struct work_struct *work)
{
	struct ipvlan_slave *slave = container_of(work, struct ipvlan_slave, evict.work);
	bool has_more = true;

	if (rtnl_trylock()) {
		has_more = evict_all(slave);
		rtnl_unlock();
	}
	if (has_more)
		queue_delayed_work(evict_workqueue, &slave->evict, EVICT_INTERVAL);
}

void ipvlan_inet_open(struct ipvlan_slave *slave)
{
	INIT_DELAYED_WORK(&slave->evict, evict_work);
}

/* Its addresses are gone, and with them whoever would begin now. */
void ipvlan_inet_close(struct ipvlan_slave *slave)
{
	if (READ_ONCE(slave->has_evicted))
		cancel_delayed_work_sync(&slave->evict);
}

/* ---- what the stack says ------------------------------------------------------------------- */

static const char *reason(int err)
{
	switch (err) {
	case -EADDRINUSE:
		return "another slave of the master has this address";
	case -EADDRNOTAVAIL:
		return "the master itself has this address";
	case -EPERM:
		return "the slave's addresses are locked by its host";
	}
	return "no memory";
}

/*
 * Too late to refuse: the address is the stack's already. Here it gets no frames, and an IPv6 one
 * is taken away again.
 */
static void refused(struct ipvlan_slave *slave, const struct ipvlan_addr *addr, int err)
{
	const char *name = slave->dev->name;

	if (addr->family == AF_INET) {
		net_warn_ratelimited("%s: %pI4 is unreachable: %s\n", name, &addr->v4,
				     reason(err));
		return;
	}
	net_warn_ratelimited("%s: %pI6c is taken away: %s\n", name, &addr->v6, reason(err));
	WRITE_ONCE(slave->has_evicted, true);
	queue_delayed_work(evict_workqueue, &slave->evict, 0);
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
		err = is_masters(slave->master, addr) ? -EADDRNOTAVAIL :
			ipvlan_addr_add(table, &slave->owner, addr);
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

static int validate_slave(struct ipvlan_slave *slave, const struct ipvlan_addr *addr,
			  struct netlink_ext_ack *extack)
{
	const int err = vet_slave(slave, addr);

	switch (err) {
	case 0:
		return NOTIFY_OK;
	case -EADDRINUSE:
		NL_SET_ERR_MSG_MOD(extack,
				   "another slave of the master has this address; use another");
		break;
	case -EADDRNOTAVAIL:
		NL_SET_ERR_MSG_MOD(extack, "the master itself has this address; use another");
		break;
	case -EPERM:
		NL_SET_ERR_MSG_MOD(extack,
				   "the slave's addresses are locked by its host; no other is allowed");
		break;
	}
	return notifier_from_errno(err);
}

/* The host may not take over what a slave is reached by. */
static int validate_master(struct ipvlan_port *port, const struct ipvlan_addr *addr,
			   struct netlink_ext_ack *extack)
{
	bool is_taken;

	rcu_read_lock();
	is_taken = ipvlan_addr_holder(&port->addrs, addr);
	rcu_read_unlock();
	if (!is_taken)
		return NOTIFY_OK;
	NL_SET_ERR_MSG_MOD(extack, "a slave of this device has this address; use another");
	return notifier_from_errno(-EADDRINUSE);
}

static int validate(struct net_device *dev, unsigned long event, const struct ipvlan_addr *addr,
		    struct netlink_ext_ack *extack)
{
	struct ipvlan_port *port;

	if (event != NETDEV_UP)
		return NOTIFY_DONE;
	if (ipvlan_netdev_is_slave(dev))
		return validate_slave(netdev_priv(dev), addr, extack);
	port = ipvlan_port_of(dev);
	return port ? validate_master(port, addr, extack) : NOTIFY_DONE;
}

/* Of a point-to-point pair only the peer is told here; the event finds a taken local address. */
static int ipv4_validate(struct notifier_block *nb, unsigned long event, void *info)
{
	const struct in_validator_info *asked = info;
	struct ipvlan_addr addr;

	ipvlan_addr_set_v4(&addr, asked->ivi_addr);
	return validate(asked->ivi_dev->dev, event, &addr, asked->extack);
}

static int ipv6_validate(struct notifier_block *nb, unsigned long event, void *info)
{
	const struct in6_validator_info *asked = info;
	struct ipvlan_addr addr;

	ipvlan_addr_set_v6(&addr, &asked->i6vi_addr);
	return validate(asked->i6vi_dev->dev, event, &addr, asked->extack);
}

static struct notifier_block ipv4_notifier = { .notifier_call = ipv4_event };
static struct notifier_block ipv4_validator = { .notifier_call = ipv4_validate };
static struct notifier_block ipv6_notifier = { .notifier_call = ipv6_event };
static struct notifier_block ipv6_validator = { .notifier_call = ipv6_validate };

int __init ipvlan_inet_init(void)
{
	evict_workqueue = alloc_workqueue("ipvlan_evict", WQ_UNBOUND, 0);
	if (!evict_workqueue)
		return -ENOMEM;
	register_inetaddr_notifier(&ipv4_notifier);
	register_inetaddr_validator_notifier(&ipv4_validator);
	register_inet6addr_notifier(&ipv6_notifier);
	register_inet6addr_validator_notifier(&ipv6_validator);
	return 0;
}

/* Slaves are gone by now, and with them whatever would queue more. */
void ipvlan_inet_exit(void)
{
	unregister_inet6addr_validator_notifier(&ipv6_validator);
	unregister_inet6addr_notifier(&ipv6_notifier);
	unregister_inetaddr_validator_notifier(&ipv4_validator);
	unregister_inetaddr_notifier(&ipv4_notifier);
	destroy_workqueue(evict_workqueue);
}
