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

struct ipvlan_stats __percpu *ipvlan_stats_new(void)
{
	return netdev_alloc_pcpu_stats(struct ipvlan_stats);
}

/* One counter of all CPUs. */
static u64 total(struct ipvlan_stats __percpu *stats, unsigned int which)
{
	const struct ipvlan_stats *of;
	unsigned int start;
	u64 sum = 0, seen;
	int cpu;

	for_each_possible_cpu(cpu) {
		of = per_cpu_ptr(stats, cpu);
		do {
			start = u64_stats_fetch_begin(&of->syncp);
			seen = u64_stats_read(&of->count[which]);
		} while (u64_stats_fetch_retry(&of->syncp, start));
		sum += seen;
	}
	return sum;
}

void ipvlan_stats_link(struct ipvlan_stats __percpu *stats, struct rtnl_link_stats64 *sum)
{
	unsigned int i;
	u64 n;

	sum->rx_packets += total(stats, IPVLAN_RX_PACKETS);
	sum->rx_bytes += total(stats, IPVLAN_RX_BYTES);
	sum->multicast += total(stats, IPVLAN_RX_MULTICAST);
	sum->tx_packets += total(stats, IPVLAN_TX_PACKETS);
	sum->tx_bytes += total(stats, IPVLAN_TX_BYTES);
	for (i = 0; i < IPVLAN_DROP_COUNT; i++) {
		n = total(stats, i);
		if (drops[i].sums & SUMS_RX)
			sum->rx_dropped += n;
		if (drops[i].sums & SUMS_TX)
			sum->tx_dropped += n;
		if (drops[i].sums == SUMS_TX_ERR)
			sum->tx_errors += n;
	}
}

void ipvlan_stats_drop_names(u8 *names)
{
	unsigned int i;

	for (i = 0; i < IPVLAN_DROP_COUNT; i++)
		memcpy(names + i * ETH_GSTRING_LEN, drops[i].name, ETH_GSTRING_LEN);
}

void ipvlan_stats_drop_counts(struct ipvlan_stats __percpu *stats, u64 *counts)
{
	unsigned int i;

	for (i = 0; i < IPVLAN_DROP_COUNT; i++)
		counts[i] = total(stats, i);
}
