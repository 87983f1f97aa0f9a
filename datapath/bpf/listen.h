/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which multicast groups a pod listens to, overheard from what it reports: IGMP (RFC 3376 and
 * before) and MLD (RFC 3810 and before). A group that it left stays in its filter, since another of
 * its groups may share the bit.
 */
#ifndef IPVLAN_BPF_LISTEN_H
#define IPVLAN_BPF_LISTEN_H

#include "datapath/bpf/flood.h"
#include "datapath/bpf/sender.h"

#define RECORDS_MAX 32 /* of one report */

#define IGMP_V1_REPORT 0x12
#define IGMP_V2_REPORT 0x16
#define IGMP_V3_REPORT 0x22
#define MLD_V1_REPORT  131
#define MLD_V2_REPORT  143

static __always_inline void listen_to(struct ipvlan_bpf_port *port, __u32 mac_low)
{
	__u8 bit = IPVLAN_BPF_GROUP_BIT(mac_low);

	__sync_fetch_and_or(&port->groups[bit >> 6], 1ULL << (bit & 63));
}

/* RFC 1112 6.4: the low 23 bits behind 01:00:5e. group is in network order. */
static __always_inline __u32 mac_low_of_ip4(__u32 group)
{
	return bpf_htonl((bpf_ntohl(group) & 0x7fffff) | 0x5e000000);
}

static __noinline int listen_igmp(struct __sk_buff *skb, struct ipvlan_bpf_port *port)
{
	__u8 head[8], ihl;
	__u32 at, group;

	if (bpf_skb_load_bytes(skb, ETH_LEN, &ihl, 1) < 0)
		return 0;
	at = ETH_LEN + (ihl & 15) * 4;
	if (bpf_skb_load_bytes(skb, at, head, sizeof(head)) < 0)
		return 0;
	if (head[0] == IGMP_V1_REPORT || head[0] == IGMP_V2_REPORT) {
		__builtin_memcpy(&group, head + 4, 4);
		listen_to(port, mac_low_of_ip4(group));
	}
	if (head[0] != IGMP_V3_REPORT)
		return 0;
	at += 8;
	for (int i = 0; i < RECORDS_MAX && i < (head[6] << 8 | head[7]); i++) {
		__u8 record[8];

		if (bpf_skb_load_bytes(skb, at, record, sizeof(record)) < 0)
			return 0;
		__builtin_memcpy(&group, record + 4, 4);
		listen_to(port, mac_low_of_ip4(group));
		at += 8 + 4 * (record[1] + (record[2] << 8 | record[3]));
	}
	return 0;
}

/* at: where ICMPv6 begins. */
static __always_inline int listen_mld(struct __sk_buff *skb, struct ipvlan_bpf_port *port, __u32 at)
{
	__u8 head[8];
	__u32 low;

	if (bpf_skb_load_bytes(skb, at, head, sizeof(head)) < 0)
		return 0;
	if (head[0] == MLD_V1_REPORT && bpf_skb_load_bytes(skb, at + 20, &low, 4) == 0)
		listen_to(port, low);
	if (head[0] != MLD_V2_REPORT)
		return 0;
	at += 8;
	for (int i = 0; i < RECORDS_MAX && i < (head[6] << 8 | head[7]); i++) {
		__u8 record[20];

		if (bpf_skb_load_bytes(skb, at, record, sizeof(record)) < 0)
			return 0;
		__builtin_memcpy(&low, record + 16, 4);
		listen_to(port, low);
		at += 20 + 4 * record[1] + 16 * (record[2] << 8 | record[3]);
	}
	return 0;
}

static __noinline int listen_icmp6(struct __sk_buff *skb, struct ipvlan_bpf_port *port)
{
	bool is_hidden;
	int at = find_icmp6(skb, &is_hidden);

	return at > 0 ? listen_mld(skb, port, at) : 0;
}

#endif
