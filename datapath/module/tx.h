/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IPVLAN_TX_H
#define IPVLAN_TX_H

#include <linux/netdevice.h>

/*
 * ndo_start_xmit of a slave. Consumes the frame. NET_XMIT_DROP: it is lost and counted, the sender
 * is told (ENOBUFS).
 */
netdev_tx_t ipvlan_tx_frame(struct sk_buff *skb, struct net_device *dev);

#endif
