/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pods that eBPF serves, and what it dropped of theirs, for the person on the node. */
#ifndef DATAPATH_EBPF_VIEW_H
#define DATAPATH_EBPF_VIEW_H

#include <stdbool.h>
#include "datapath/include/ipvlan_bpf.h"
#include "pkg/nl/nl.h"

struct ebpf_pod {
	const char *master;   /* "" if it is gone */
	const char *host_end; /* "" for what is nobody's: frames with no pod to blame */
	const char *identity; /* the alias of the host end */
	uint32_t flags;	      /* IPVLAN_BPF_* */
	bool is_gone;	      /* the host end is: DEL or GC will take the rest away */
	const __u64 *drops;   /* IPVLAN_BPF_DROP_COUNT of them */
};

/* "tx_drop_source" … */
const char *ebpf_drop_name(enum ipvlan_bpf_drop drop);

/* Each one in the netns of nl, where the process must be; of a master nobody's comes first. */
int ebpf_view(struct nl *nl, void (*fn)(const struct ebpf_pod *pod, void *ctx), void *ctx,
	      struct err *err);

#endif
