// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ipvlan: network devices that share their master's MAC and are told apart by IP address.
 * README.md beside this file tells how a frame travels.
 */
#include <linux/module.h>
#include "inet.h"
#include "l3s.h"
#include "link.h"
#include "lock.h"
#include "mcast.h"
#include "notify.h"
#include "port.h"
#include "rx.h"

static int __init ipvlan_init(void)
{
	int err;

	ipvlan_port_init(ipvlan_rx_frame, ipvlan_mcast_work);

	err = ipvlan_mcast_init();
	if (err)
		return err;

	err = ipvlan_lock_init();
	if (err)
		goto err_mcast;

	err = ipvlan_inet_init();
	if (err)
		goto err_lock;

	err = ipvlan_notify_init();
	if (err)
		goto err_inet;

	/* last: from here on slaves may come */
	err = ipvlan_link_init();
	if (err)
		goto err_notify;

	return 0;

err_notify:
	ipvlan_notify_exit();
err_inet:
	ipvlan_inet_exit();
err_lock:
	ipvlan_lock_exit();
err_mcast:
	ipvlan_mcast_exit();
	return err;
}

static void __exit ipvlan_exit(void)
{
	ipvlan_link_exit();
	ipvlan_l3s_exit();
	ipvlan_notify_exit();
	ipvlan_inet_exit();
	ipvlan_lock_exit();
	ipvlan_mcast_exit();
}

module_init(ipvlan_init);
module_exit(ipvlan_exit);

MODULE_DESCRIPTION("ipvlan-cni: network devices that share a MAC and are told apart by IP address");
MODULE_VERSION("0.2.0");
MODULE_ALIAS_RTNL_LINK("ipvlan");
COMPAT_MODULE_NS;
MODULE_LICENSE("GPL");
