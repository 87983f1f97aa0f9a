/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slave's counters, per CPU. Whoever counts runs with bottom halves off. The reasons to drop and
 * what they mean are in datapath/include/ipvlan.h.
 */
#ifndef IPVLAN_STATS_H
#define IPVLAN_STATS_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>
#include "ipvlan.h"

struct rtnl_link_stats64;

/* The frames that were not dropped, counted behind enum ipvlan_drop in the same array. */
enum ipvlan_count {
	IPVLAN_RX_PACKETS = IPVLAN_DROP_COUNT,
	IPVLAN_RX_BYTES,
	IPVLAN_RX_MULTICAST,
	IPVLAN_TX_PACKETS,
	IPVLAN_TX_BYTES,
	IPVLAN_COUNTS
};

struct ipvlan_stats {
	u64_stats_t count[IPVLAN_COUNTS];
	struct u64_stats_sync syncp;
};

/* NULL if there is no memory. Freed with free_percpu(). */
struct ipvlan_stats __percpu *ipvlan_stats_new(void);

/* Adds what the slave counted to @sum; what the core drops by itself, the core adds. */
void ipvlan_stats_link(struct ipvlan_stats __percpu *stats, struct rtnl_link_stats64 *sum);

/* The IPVLAN_DROP_COUNT lines of `ethtool -S`, in the order of enum ipvlan_drop. */
void ipvlan_stats_drop_names(u8 *names);
void ipvlan_stats_drop_counts(struct ipvlan_stats __percpu *stats, u64 *counts);

/* @bytes include the Ethernet header. */
static inline void ipvlan_stats_rx(struct ipvlan_stats __percpu *stats, unsigned int bytes)
{
	struct ipvlan_stats *here = this_cpu_ptr(stats);

	u64_stats_update_begin(&here->syncp);
	u64_stats_inc(&here->count[IPVLAN_RX_PACKETS]);
	u64_stats_add(&here->count[IPVLAN_RX_BYTES], bytes);
	u64_stats_update_end(&here->syncp);
}

static inline void ipvlan_stats_rx_multicast(struct ipvlan_stats __percpu *stats,
					     unsigned int bytes)
{
	struct ipvlan_stats *here = this_cpu_ptr(stats);

	u64_stats_update_begin(&here->syncp);
	u64_stats_inc(&here->count[IPVLAN_RX_PACKETS]);
	u64_stats_inc(&here->count[IPVLAN_RX_MULTICAST]);
	u64_stats_add(&here->count[IPVLAN_RX_BYTES], bytes);
	u64_stats_update_end(&here->syncp);
}

static inline void ipvlan_stats_tx(struct ipvlan_stats __percpu *stats, unsigned int bytes)
{
	struct ipvlan_stats *here = this_cpu_ptr(stats);

	u64_stats_update_begin(&here->syncp);
	u64_stats_inc(&here->count[IPVLAN_TX_PACKETS]);
	u64_stats_add(&here->count[IPVLAN_TX_BYTES], bytes);
	u64_stats_update_end(&here->syncp);
}

static inline void ipvlan_stats_drop(struct ipvlan_stats __percpu *stats, enum ipvlan_drop why)
{
	struct ipvlan_stats *here = this_cpu_ptr(stats);

	u64_stats_update_begin(&here->syncp);
	u64_stats_inc(&here->count[why]);
	u64_stats_update_end(&here->syncp);
}

#endif
