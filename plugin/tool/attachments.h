/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attachments of a node. What there is, the kernel says: the interfaces that carry an identity
 * of ours, in each netns that it knows an id of. Who each is for and since when, the reservations
 * add; one without an address of ours has no more than its interface.
 */
#ifndef PLUGIN_TOOL_ATTACHMENTS_H
#define PLUGIN_TOOL_ATTACHMENTS_H

#include "datapath/include/ipvlan_bpf.h"
#include "pkg/nl/link.h"
#include "plugin/tool/networks.h"

struct attachment {
	/* As its interface names it; longer ones are told by their beginning. */
	char network[256], container_id[256], ifname[IFNAMSIZ];
	char master[IFNAMSIZ];	     /* "": not to be seen from here */
	const char *mode, *datapath; /* the mode is "" where nothing tells it */
	struct link slave;
	const struct listed *first; /* of its reservations; NULL: none */
	bool is_by_ebpf;
	uint32_t ebpf_flags;		       /* IPVLAN_BPF_* */
	uint64_t drops[IPVLAN_BPF_DROP_COUNT]; /* by eBPF */
};

struct attachments {
	struct attachment *v;
	size_t count;
	struct listing reservations; /* of all networks that are asked for */
	bool is_whole;		     /* no store was left out (told) */
};

/* All of o->network, or of all; free with attachments_free(), also after an error. */
int attachments_read(const struct tool_options *o, struct node *n, struct attachments *all,
		     struct err *err);
void attachments_free(struct attachments *all);

/* Whether a reservation is this attachment's. */
bool attachment_holds(const struct attachment *a, const struct listed *r);

/* "10.1.0.5,fd00::5"; the caller frees it. */
char *attachment_addresses(const struct attachments *all, const struct attachment *a);

/* "default/web-0", or "". Returns buf. */
#define POD_TEXT_MAX 520
char *attachment_pod(const struct attachment *a, char buf[static POD_TEXT_MAX]);

#endif
