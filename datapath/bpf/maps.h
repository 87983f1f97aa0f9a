/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps of a master, defined in maps.bpf.c; their content is ipvlan_bpf.h's. */
#ifndef IPVLAN_BPF_MAPS_H
#define IPVLAN_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "datapath/include/ipvlan_bpf.h"

struct ports_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, IPVLAN_BPF_PORTS);
	__type(key, __u32);
	__type(value, struct ipvlan_bpf_port);
};

struct ip4_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, IPVLAN_BPF_ADDRS);
	__type(key, __u32);
	__type(value, struct ipvlan_bpf_owner);
};

struct ip6_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, IPVLAN_BPF_ADDRS);
	__type(key, struct ipvlan_bpf_ip6);
	__type(value, struct ipvlan_bpf_owner);
};

extern struct ports_map ports SEC(".maps");
extern struct ip4_map ip4 SEC(".maps");
extern struct ip6_map ip6 SEC(".maps");
extern struct ipvlan_bpf_master master;

#endif
