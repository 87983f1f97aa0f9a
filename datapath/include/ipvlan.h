/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel module, the eBPF datapath, the plugin and the tests agree on.
 *
 * A slave is made with RTM_NEWLINK, kind "ipvlan", IFLA_LINK naming the master, and inside
 * IFLA_INFO_DATA:
 *
 *	IFLA_IPVLAN_MODE	u16, enum ipvlan_mode; l3 if absent
 *	IFLA_IPVLAN_FLAGS	u16, IPVLAN_F_PRIVATE or IPVLAN_F_VEPA or 0 (bridge); 0 if absent
 *
 * Both are the kernel's own ABI and come from <linux/if_link.h>. Here they belong to the slave: a
 * request changes the slave that it names and no other.
 *
 * Ours alone are, far from what the kernel has numbered, so that its driver skips them:
 *
 *	IFLA_IPVLAN_LOCK	u8, 1: the slave is locked; 0: it is not. Always in an answer: where
 *				it is missing there, another driver is loaded.
 *	IFLA_IPVLAN_LOCK_ADDRS	nested, only with a lock of 1: addresses that the slave may have
 *				besides those that it has and its own EUI-64 link-local one
 *	  IFLA_IPVLAN_LOCK_ADDR	4 bytes (IPv4) or 16 (IPv6), any number of times
 *
 * A locked slave can get no other address and sends nothing in another's name. The lock, and
 * anything of a locked slave, is changed from the master's netns alone.
 */
#ifndef IPVLAN_DATAPATH_H
#define IPVLAN_DATAPATH_H

#include <linux/if_link.h>

#define IPVLAN_KIND	"ipvlan"

#define IFLA_IPVLAN_LOCK	32
#define IFLA_IPVLAN_LOCK_ADDRS	33
#define IFLA_IPVLAN_LOCK_ADDR	1 /* within LOCK_ADDRS */

/* What a slave is that was made without the attribute. */
#define IPVLAN_MODE_DEFAULT	IPVLAN_MODE_L3

#define IPVLAN_FLAGS_ALL	(IPVLAN_F_PRIVATE | IPVLAN_F_VEPA)

/* dev_id of a slave, unique on its master; IPv6 puts it into the link-local address. */
#define IPVLAN_DEV_ID_MIN	0x0001
#define IPVLAN_DEV_ID_MAX	0xfffd

/*
 * Every reason to lose a frame: X(id, name, sums). The name is the line of `ethtool -S`. sums says
 * into which counters of `ip -s link` the reason goes besides:
 *
 *	TX	tx_dropped
 *	TX_ERR	tx_dropped and tx_errors: the frame itself or its route is at fault
 *	RX	rx_dropped
 *	NONE	nowhere: the frame itself went on, copies for other slaves were lost
 */
#define IPVLAN_DROPS(X)							\
	X(TX_SHORT,		"tx_drop_short",		TX_ERR)	\
	X(TX_MALFORMED,		"tx_drop_malformed",		TX_ERR)	\
	X(TX_NO_ROUTE,		"tx_drop_no_route",		TX_ERR)	\
	X(TX_NOT_IP,		"tx_drop_l3_not_ip",		TX)	\
	X(TX_L3_MULTICAST,	"tx_drop_l3_multicast",		TX)	\
	X(TX_PAUSE,		"tx_drop_pause",		TX)	\
	X(TX_MAC,		"tx_drop_mac",			TX)	\
	X(TX_SOURCE,		"tx_drop_source",		TX)	\
	X(TX_ARP_SENDER,	"tx_drop_arp_sender",		TX)	\
	X(TX_ND_SENDER,		"tx_drop_nd_sender",		TX)	\
	X(TX_ND_HIDDEN,		"tx_drop_nd_hidden",		TX)	\
	X(TX_ROUTER,		"tx_drop_router",		TX)	\
	X(TX_NOT_ALLOWED,	"tx_drop_not_ip",		TX)	\
	X(TX_VLAN,		"tx_drop_vlan",			TX)	\
	X(TX_PRIVATE,		"tx_drop_private",		TX)	\
	X(TX_PEER_MTU,		"tx_drop_peer_mtu",		TX)	\
	X(TX_PEER_FULL,		"tx_drop_peer_full",		TX)	\
	X(TX_HOST,		"tx_drop_host_refused",		TX)	\
	X(TX_MASTER,		"tx_drop_master_refused",	TX)	\
	X(TX_FLOOD_FULL,	"tx_flood_full",		NONE)	\
	X(TX_FLOOD_NOMEM,	"tx_flood_nomem",		NONE)	\
	X(TX_QUESTION,		"tx_question_lost",		NONE)	\
	X(ANSWER,		"answer_lost",			NONE)	\
	X(RX_PRIVATE,		"rx_drop_private",		RX)	\
	X(RX_MTU,		"rx_drop_mtu",			RX)	\
	X(RX_NOMEM,		"rx_drop_nomem",		RX)

enum ipvlan_drop {
#define IPVLAN_DROP_ID(id, name, sums) IPVLAN_DROP_##id,
	IPVLAN_DROPS(IPVLAN_DROP_ID)
#undef IPVLAN_DROP_ID
	IPVLAN_DROP_COUNT
};

#endif
