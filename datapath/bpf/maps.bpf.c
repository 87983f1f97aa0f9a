// SPDX-License-Identifier: GPL-2.0-or-later
#include "datapath/bpf/maps.h"
#include "datapath/bpf/route.h"

struct ports_map ports SEC(".maps");
struct ip4_map ip4 SEC(".maps");
struct ip6_map ip6 SEC(".maps");
struct routes_map routes SEC(".maps");
struct ipvlan_bpf_master master SEC(".data.master");

char LICENSE[] SEC("license") = "GPL";
