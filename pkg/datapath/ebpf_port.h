/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pods of a set: slots in "ports", addresses in "ip4" and "ip6". The caller holds the lock. */
#ifndef DATAPATH_EBPF_PORT_H
#define DATAPATH_EBPF_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/base/ip.h"
#include "pkg/datapath/ebpf_set.h"

struct ebpf_port_spec {
	uint32_t ifindex; /* the host end */
	uint32_t flags;	  /* IPVLAN_BPF_* */
	uint64_t identity;
	const struct ip *addresses;
	size_t n_addresses;
};

/*
 * Takes a slot and the addresses, and one more: a link-local one made of the master's MAC and the
 * slot, which is the pod's alone. -EADDRINUSE, code 105: a pod that is there has one of them;
 * -ENOSPC, code 104: no slot, or no room for addresses. Nothing is taken on an error.
 */
int ebpf_port_take(struct ebpf_set *set, const struct ebpf_port_spec *spec, uint32_t *slot,
		   struct err *err);

/* Gives back all that this identity holds; whether it held something. */
bool ebpf_port_give_back(struct ebpf_set *set, uint64_t identity);

/* Gives back what belongs to host ends that are gone from the netns that the process is in. */
void ebpf_port_sweep(struct ebpf_set *set);

/* 0: none. */
uint32_t ebpf_port_of(const struct ebpf_set *set, uint64_t identity);

/* Whether this slot has that address. */
bool ebpf_port_has(const struct ebpf_set *set, uint32_t slot, const struct ip *address);

/* fe80:: with the MAC's two halves around the slot, as the kernel's ipvlan does with dev_id. */
struct ip ebpf_port_link_local(const struct ebpf_set *set, uint32_t slot);

bool ebpf_port_is_last_gone(const struct ebpf_set *set);

#endif
