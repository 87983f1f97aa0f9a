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

#define RECORDS_MAX 128 /* of one report */

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

struct records {
	struct __sk_buff *skb;
	struct ipvlan_bpf_port *port;
	__u32 at;
};

static long listen_record4(__u32 turn, struct records *r)
{
	__u8 record[8];
	__u32 group;

	(void)turn;
	if (bpf_skb_load_bytes(r->skb, r->at, record, sizeof(record)) < 0)
		return 1;
	__builtin_memcpy(&group, record + 4, 4);
	listen_to(r->port, mac_low_of_ip4(group));
	r->at += 8 + 4 * (record[1] + (record[2] << 8 | record[3]));
	return 0;
}

static long listen_record6(__u32 turn, struct records *r)
{
	__u8 record[20];
	__u32 low;

	(void)turn;
	if (bpf_skb_load_bytes(r->skb, r->at, record, sizeof(record)) < 0)
		return 1;
	__builtin_memcpy(&low, record + 16, 4);
	listen_to(r->port, low);
	r->at += 20 + 4 * record[1] + 16 * (record[2] << 8 | record[3]);
	return 0;
}

/* How many records a report says that it has, of which no more are read than fit into a packet. */
static __always_inline __u32 n_records(const __u8 head[8])
{
	__u32 n = head[6] << 8 | head[7];

	return n < RECORDS_MAX ? n : RECORDS_MAX;
}

static __noinline int listen_igmp(struct __sk_buff *skb, struct ipvlan_bpf_port *port)
{
	struct records r = { .skb = skb, .port = port };
	__u8 head[8], first;
	__u32 group;

	if (bpf_skb_load_bytes(skb, ETH_LEN, &first, 1) < 0)
		return 0;
	r.at = ETH_LEN + (first & 15) * 4;
	if (bpf_skb_load_bytes(skb, r.at, head, sizeof(head)) < 0)
		return 0;
	r.at += sizeof(head);
	if (head[0] == IGMP_V1_REPORT || head[0] == IGMP_V2_REPORT) {
		__builtin_memcpy(&group, head + 4, 4);
		listen_to(port, mac_low_of_ip4(group));
	} else if (head[0] == IGMP_V3_REPORT) {
		bpf_loop(n_records(head), listen_record4, &r, 0);
	}
	return 0;
}

static __noinline int listen_mld(struct __sk_buff *skb, struct ipvlan_bpf_port *port)
{
	struct records r = { .skb = skb, .port = port };
	bool is_hidden;
	int at = find_icmp6(skb, &is_hidden);
	__u8 head[8];
	__u32 low;

	if (at <= 0 || bpf_skb_load_bytes(skb, at, head, sizeof(head)) < 0)
		return 0;
	r.at = at + sizeof(head);
	if (head[0] == MLD_V2_REPORT)
		bpf_loop(n_records(head), listen_record6, &r, 0);
	else if (head[0] == MLD_V1_REPORT && bpf_skb_load_bytes(skb, at + 20, &low, 4) == 0)
		listen_to(port, low);
	return 0;
}

#endif
