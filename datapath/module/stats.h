/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slave's counters: of its traffic for each CPU, of its drops one for each reason. A node has
 * thousands of slaves and a hundred CPUs, and drops are few. Whoever counts runs with bottom halves
 * off. The reasons and what they mean are in datapath/include/ipvlan.h.
 */
#ifndef IPVLAN_STATS_H
#define IPVLAN_STATS_H

#include <linux/atomic.h>
#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>
#include "ipvlan.h"

struct rtnl_link_stats64;

struct ipvlan_traffic {
	u64_stats_t rx_packets, rx_bytes, rx_multicast;
	u64_stats_t tx_packets, tx_bytes;
	struct u64_stats_sync syncp;
};

/* In its slave, and zeroed with it. */
struct ipvlan_stats {
	struct ipvlan_traffic __percpu *traffic;
	bool has_drops; /* a link is asked for its counters often, and few have any */
	atomic_long_t drops[IPVLAN_DROP_COUNT];
};

/* -ENOMEM */
int ipvlan_stats_init(struct ipvlan_stats *stats);
void ipvlan_stats_destroy(struct ipvlan_stats *stats);

/* Adds what the slave counted to @sum; what the core drops by itself, the core adds. */
void ipvlan_stats_link(const struct ipvlan_stats *stats, struct rtnl_link_stats64 *sum);

/* The IPVLAN_DROP_COUNT lines of `ethtool -S`, in the order of enum ipvlan_drop. */
void ipvlan_stats_drop_names(u8 *names);
void ipvlan_stats_drop_counts(const struct ipvlan_stats *stats, u64 *counts);

/* @bytes include the Ethernet header. */
static inline void ipvlan_stats_rx(struct ipvlan_stats *stats, unsigned int bytes)
{
	struct ipvlan_traffic *here = this_cpu_ptr(stats->traffic);

	u64_stats_update_begin(&here->syncp);
	u64_stats_inc(&here->rx_packets);
	u64_stats_add(&here->rx_bytes, bytes);
	u64_stats_update_end(&here->syncp);
}

static inline void ipvlan_stats_rx_multicast(struct ipvlan_stats *stats, unsigned int bytes)
{
	struct ipvlan_traffic *here = this_cpu_ptr(stats->traffic);

	u64_stats_update_begin(&here->syncp);
	u64_stats_inc(&here->rx_packets);
	u64_stats_inc(&here->rx_multicast);
	u64_stats_add(&here->rx_bytes, bytes);
	u64_stats_update_end(&here->syncp);
}

static inline void ipvlan_stats_tx(struct ipvlan_stats *stats, unsigned int bytes)
{
	struct ipvlan_traffic *here = this_cpu_ptr(stats->traffic);

	u64_stats_update_begin(&here->syncp);
	u64_stats_inc(&here->tx_packets);
	u64_stats_add(&here->tx_bytes, bytes);
	u64_stats_update_end(&here->syncp);
}

static inline void ipvlan_stats_drop(struct ipvlan_stats *stats, enum ipvlan_drop why)
{
	atomic_long_inc(&stats->drops[why]);
	if (!READ_ONCE(stats->has_drops))
		WRITE_ONCE(stats->has_drops, true);
}

#endif
