// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/netdevice.h>

/* Where a reason is summed besides its own line. */
#define SUMS_NONE	0
#define SUMS_RX		BIT(0)
#define SUMS_TX		BIT(1)
#define SUMS_TX_ERR	(SUMS_TX | BIT(2))

static const struct {
	char name[ETH_GSTRING_LEN];
	u8 sums;
} drops[IPVLAN_DROP_COUNT] = {
#define DROP(id, text, where) [IPVLAN_DROP_##id] = { .name = text, .sums = SUMS_##where },
	IPVLAN_DROPS(DROP)
#undef DROP
};

int ipvlan_stats_init(struct ipvlan_stats *stats)
{
	stats->traffic = netdev_alloc_pcpu_stats(struct ipvlan_traffic);
	return stats->traffic ? 0 : -ENOMEM;
}

void ipvlan_stats_destroy(struct ipvlan_stats *stats)
{
	free_percpu(stats->traffic);
}

static void add_traffic(const struct ipvlan_traffic *here, struct rtnl_link_stats64 *sum)
{
	u64 rx_packets, rx_bytes, rx_multicast, tx_packets, tx_bytes;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&here->syncp);
		rx_packets = u64_stats_read(&here->rx_packets);
		rx_bytes = u64_stats_read(&here->rx_bytes);
		rx_multicast = u64_stats_read(&here->rx_multicast);
		tx_packets = u64_stats_read(&here->tx_packets);
		tx_bytes = u64_stats_read(&here->tx_bytes);
	} while (u64_stats_fetch_retry(&here->syncp, start));

	sum->rx_packets += rx_packets;
	sum->rx_bytes += rx_bytes;
	sum->multicast += rx_multicast;
	sum->tx_packets += tx_packets;
	sum->tx_bytes += tx_bytes;
}

static void add_drops(const struct ipvlan_stats *stats, struct rtnl_link_stats64 *sum)
{
	unsigned int i;
	u64 n;

	for (i = 0; i < IPVLAN_DROP_COUNT; i++) {
		n = atomic_long_read(&stats->drops[i]);
		if (likely(!n))
			continue;
		if (drops[i].sums & SUMS_RX)
			sum->rx_dropped += n;
		if (drops[i].sums & SUMS_TX)
			sum->tx_dropped += n;
		if (drops[i].sums == SUMS_TX_ERR)
			sum->tx_errors += n;
	}
}

void ipvlan_stats_link(const struct ipvlan_stats *stats, struct rtnl_link_stats64 *sum)
{
	int cpu;

	for_each_possible_cpu(cpu)
		add_traffic(per_cpu_ptr(stats->traffic, cpu), sum);
	if (READ_ONCE(stats->has_drops))
		add_drops(stats, sum);
}

void ipvlan_stats_drop_names(u8 *names)
{
	unsigned int i;

	for (i = 0; i < IPVLAN_DROP_COUNT; i++)
		memcpy(names + i * ETH_GSTRING_LEN, drops[i].name, ETH_GSTRING_LEN);
}

void ipvlan_stats_drop_counts(const struct ipvlan_stats *stats, u64 *counts)
{
	unsigned int i;

	for (i = 0; i < IPVLAN_DROP_COUNT; i++)
		counts[i] = atomic_long_read(&stats->drops[i]);
}
