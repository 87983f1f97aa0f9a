/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows the master when it changes: nobody watches it, so each call that changes something
 * (ADD, DEL, GC) looks. CHECK says that it is due and leaves it.
 */
#ifndef DATAPATH_EBPF_SYNC_H
#define DATAPATH_EBPF_SYNC_H

#include "pkg/datapath/datapath.h"
#include "pkg/datapath/ebpf_set.h"

/* Whether the master has another MAC address or MTU than its pods were told. */
bool ebpf_sync_is_due(const struct ebpf_set *set, const struct link *master);

/*
 * Gives the set's pods, both ends of each, the master's MAC address and MTU if those are not what
 * the set knows. The pods announce their new MAC by themselves (arp_notify, ndisc_notify). The
 * caller holds the lock. Goes on past an error and returns the first.
 */
int ebpf_sync(const struct datapath_ns *ns, struct ebpf_set *set, const struct link *master,
	      struct err *err);

#endif
