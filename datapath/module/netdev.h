/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slave as the rest of the kernel sees it, and what it takes over from its master. RTNL is held.
 */
#ifndef IPVLAN_NETDEV_H
#define IPVLAN_NETDEV_H

#include <linux/types.h>

struct ipvlan_slave;
struct net_device;

/* rtnl_link_ops.setup. The slave's master must be set before the device is registered. */
void ipvlan_netdev_setup(struct net_device *dev);

bool ipvlan_netdev_is_slave(const struct net_device *dev);

/* The master's may have changed. */
void ipvlan_netdev_follow_carrier(struct ipvlan_slave *slave);
void ipvlan_netdev_follow_features(struct ipvlan_slave *slave);
void ipvlan_netdev_follow_mtu(struct ipvlan_slave *slave);
void ipvlan_netdev_follow_mac(struct ipvlan_slave *slave);

/* The multicast groups that the master listens to for this slave. */
void ipvlan_netdev_take_groups(struct ipvlan_slave *slave);
void ipvlan_netdev_give_groups(struct ipvlan_slave *slave);

#endif
