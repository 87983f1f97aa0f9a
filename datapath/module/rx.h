/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IPVLAN_RX_H
#define IPVLAN_RX_H

#include <linux/netdevice.h>

/* The rx handler of a master: decides for each frame it receives, a slave's or the host's. RCU. */
rx_handler_result_t ipvlan_rx_frame(struct sk_buff **pskb);

#endif
