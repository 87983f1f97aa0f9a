// SPDX-License-Identifier: GPL-2.0-or-later
#include "netdev.h"

#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include "group.h"
#include "inet.h"
#include "l3s.h"
#include "lock.h"
#include "mcast.h"
#include "port.h"
#include "tx.h"

/* Done in software where the master's hardware does not: the master's transmit path sees to it. */
#define FEATURES_ALWAYS		(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_GSO_ROBUST |		\
				 NETIF_F_GSO_SOFTWARE | NETIF_F_GSO_ENCAP_ALL)

/* Had if the master has them. */
#define FEATURES_OF_MASTER	(NETIF_F_HIGHDMA | NETIF_F_FRAGLIST | NETIF_F_GSO |		\
				 NETIF_F_GRO | NETIF_F_RXCSUM)

void ipvlan_netdev_follow_carrier(struct ipvlan_slave *slave)
{
	if (netif_running(slave->master))
		netif_stacked_transfer_operstate(slave->master, slave->dev);
	else
		netif_carrier_off(slave->dev);
}

/*
 * The slave writes a plain Ethernet header; what the master's is longer by is room that the master
 * will want in front of it.
 */
static void follow_limits(struct ipvlan_slave *slave)
{
	const struct net_device *master = slave->master;
	struct net_device *dev = slave->dev;

	netif_inherit_tso_max(dev, master);
	dev->needed_headroom = master->needed_headroom + master->hard_header_len - ETH_HLEN;
	dev->needed_tailroom = master->needed_tailroom;
}

void ipvlan_netdev_follow_features(struct ipvlan_slave *slave)
{
	follow_limits(slave);
	netdev_update_features(slave->dev);
}

/* An MTU that was chosen stays, unless the master can no longer carry it. */
void ipvlan_netdev_follow_mtu(struct ipvlan_slave *slave)
{
	const unsigned int mtu = slave->master->mtu;
	const bool follows = slave->follows_mtu;

	if (!follows && slave->dev->mtu <= mtu)
		return;
	if (dev_set_mtu(slave->dev, mtu))
		netdev_warn(slave->dev, "cannot take over the master's MTU %u\n", mtu);
	slave->follows_mtu = follows;
}

void ipvlan_netdev_follow_mac(struct ipvlan_slave *slave)
{
	eth_hw_addr_set(slave->dev, slave->master->dev_addr);
	ipvlan_lock_follow(slave);
	call_netdevice_notifiers(NETDEV_CHANGEADDR, slave->dev);
}

/* One that is about to be down has left its groups already. */
static void set_rx_mode(struct net_device *dev)
{
	struct ipvlan_slave *slave = netdev_priv(dev);

	if (!netif_running(dev))
		return;
	dev_uc_sync(slave->master, dev);
	ipvlan_group_sync(slave);
}

/* A master loses its groups when it changes its netns: they are taken back before, given after. */
void ipvlan_netdev_take_groups(struct ipvlan_slave *slave)
{
	struct net_device *dev = slave->dev;

	dev_uc_unsync(slave->master, dev);
	netif_addr_lock_bh(dev);
	ipvlan_group_unsync(slave);
	netif_addr_unlock_bh(dev);
}

void ipvlan_netdev_give_groups(struct ipvlan_slave *slave)
{
	struct net_device *dev = slave->dev;

	netif_addr_lock_bh(dev);
	set_rx_mode(dev);
	netif_addr_unlock_bh(dev);
}

/* Last here is the hold on the master: release() gives it back and runs only if init() did. */
static int init(struct net_device *dev)
{
	struct ipvlan_slave *slave = netdev_priv(dev);
	struct net_device *master = slave->master;
	int err;

	slave->dev = dev;
	err = ipvlan_stats_init(&slave->stats);
	if (err)
		return err;
	err = ipvlan_port_join(slave);
	if (err)
		goto err_stats;
	if (slave->mode == IPVLAN_MODE_L3S) {
		err = ipvlan_l3s_join(slave);
		if (err)
			goto err_port;
	}
	ipvlan_inet_open(slave);
	netdev_lockdep_set_classes(dev);
	eth_hw_addr_set(dev, master->dev_addr);
	dev->addr_assign_type = NET_ADDR_STOLEN;
	dev->features |= FEATURES_ALWAYS | FEATURES_OF_MASTER | NETIF_F_VLAN_CHALLENGED;
	dev->hw_features |= FEATURES_ALWAYS | FEATURES_OF_MASTER;
	dev->hw_enc_features |= FEATURES_ALWAYS | FEATURES_OF_MASTER;
	follow_limits(slave);
	netdev_hold(master, &slave->master_tracker, GFP_KERNEL);
	return 0;

err_port:
	ipvlan_port_leave(slave);
err_stats:
	ipvlan_stats_destroy(&slave->stats);
	return err;
}

static void uninit(struct net_device *dev)
{
	struct ipvlan_slave *slave = netdev_priv(dev);

	ipvlan_inet_close(slave);
	if (slave->mode == IPVLAN_MODE_L3S)
		ipvlan_l3s_leave(slave);
	ipvlan_port_leave(slave);
	ipvlan_l3s_forget(slave->master);
}

/*
 * priv_destructor. Until here the slave may be asked for its counters and, by a late link event,
 * for its master's index.
 */
static void release(struct net_device *dev)
{
	struct ipvlan_slave *slave = netdev_priv(dev);

	ipvlan_stats_destroy(&slave->stats);
	netdev_put(slave->master, &slave->master_tracker);
}

static int open(struct net_device *dev)
{
	struct ipvlan_slave *slave = netdev_priv(dev);
	int err;

	if (dev->flags & IFF_ALLMULTI) {
		err = dev_set_allmulti(slave->master, 1);
		if (err)
			return err;
	}
	ipvlan_mcast_join(slave);
	WRITE_ONCE(slave->owner.is_live, true);
	return 0;
}

static int stop(struct net_device *dev)
{
	struct ipvlan_slave *slave = netdev_priv(dev);

	WRITE_ONCE(slave->owner.is_live, false);
	ipvlan_mcast_leave(slave);
	ipvlan_netdev_take_groups(slave);
	if (dev->flags & IFF_ALLMULTI)
		dev_set_allmulti(slave->master, -1);
	return 0;
}

/* While the slave is down, open() and stop() see to it. */
static void change_rx_flags(struct net_device *dev, int change)
{
	struct ipvlan_slave *slave = netdev_priv(dev);

	if (dev->flags & IFF_UP && change & IFF_ALLMULTI)
		dev_set_allmulti(slave->master, dev->flags & IFF_ALLMULTI ? 1 : -1);
}

static int change_mtu(struct net_device *dev, int mtu)
{
	struct ipvlan_slave *slave = netdev_priv(dev);

	WRITE_ONCE(dev->mtu, mtu);
	slave->follows_mtu = mtu == slave->master->mtu;
	return 0;
}

static netdev_features_t fix_features(struct net_device *dev, netdev_features_t features)
{
	const struct ipvlan_slave *slave = netdev_priv(dev);

	return features & (slave->master->features | ~FEATURES_OF_MASTER);
}

static void get_stats64(struct net_device *dev, struct rtnl_link_stats64 *sum)
{
	const struct ipvlan_slave *slave = netdev_priv(dev);

	ipvlan_stats_link(&slave->stats, sum);
}

static int get_iflink(const struct net_device *dev)
{
	const struct ipvlan_slave *slave = netdev_priv(dev);

	return slave->master->ifindex;
}

static const struct net_device_ops netdev_ops = {
	.ndo_init		= init,
	.ndo_uninit		= uninit,
	.ndo_open		= open,
	.ndo_stop		= stop,
	.ndo_start_xmit		= ipvlan_tx_frame,
	.ndo_change_rx_flags	= change_rx_flags,
	.ndo_set_rx_mode	= set_rx_mode,
	.ndo_change_mtu		= change_mtu,
	.ndo_fix_features	= fix_features,
	.ndo_get_stats64	= get_stats64,
	.ndo_get_iflink		= get_iflink,
};

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, IPVLAN_KIND, sizeof(info->driver));
	strscpy(info->version, THIS_MODULE->version, sizeof(info->version));
}

static int get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	const struct ipvlan_slave *slave = netdev_priv(dev);

	return __ethtool_get_link_ksettings(slave->master, settings);
}

/* The slave's reasons to drop, then what its port lost before any slave was chosen. */
static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? IPVLAN_DROP_COUNT + 1 : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *names)
{
	if (set != ETH_SS_STATS)
		return;
	ipvlan_stats_drop_names(names);
	strscpy(names + IPVLAN_DROP_COUNT * ETH_GSTRING_LEN, "port_flood_lost", ETH_GSTRING_LEN);
}

static void get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *counts)
{
	const struct ipvlan_slave *slave = netdev_priv(dev);

	ipvlan_stats_drop_counts(&slave->stats, counts);
	counts[IPVLAN_DROP_COUNT] = atomic_long_read(&slave->port->flood_lost);
}

static const struct ethtool_ops ethtool_ops = {
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= get_link_ksettings,
	.get_drvinfo		= get_drvinfo,
	.get_sset_count		= get_sset_count,
	.get_strings		= get_strings,
	.get_ethtool_stats	= get_ethtool_stats,
};

bool ipvlan_netdev_is_slave(const struct net_device *dev)
{
	return dev->netdev_ops == &netdev_ops;
}

/*
 * The MAC is the master's and cannot be set. No queue: the master's is used. A slave hands its
 * frames to nobody, so it can be no bridge port and no master. A frame keeps its route, which L3
 * output may ask for.
 */
void ipvlan_netdev_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->max_mtu = ETH_MAX_MTU;
	dev->priv_flags &= ~(IFF_XMIT_DST_RELEASE | IFF_TX_SKB_SHARING);
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_NO_QUEUE | IFF_NO_RX_HANDLER;
	compat_netdev_set_lltx(dev);
	dev->netdev_ops = &netdev_ops;
	dev->ethtool_ops = &ethtool_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = release;
}
