/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host end of a pod's pair. Its name is made of the identity, so that DEL finds it when the
 * pod's netns has gone, or the pod has tampered with its own end; its alias is the whole identity.
 */
#ifndef DATAPATH_EBPF_END_H
#define DATAPATH_EBPF_END_H

#include <stdbool.h>
#include <stdint.h>
#include "pkg/datapath/datapath.h"
#include "pkg/nl/link.h"

#define EBPF_END_UNFINISHED \
	0x69707663U	 /* "ipvc", its group: made, but not yet named as its owner's */
#define EBPF_END_TRIES 4 /* names that an identity may have */

/* What stands for an identity where there is room for 64 bits. */
uint64_t ebpf_end_hash(const char *identity);

/* Two identities may have the same name of 32 bits: then the second takes the next one. */
void ebpf_end_name(const char *identity, int try, char name[static IFNAMSIZ]);

bool ebpf_end_is_of(const struct link *l, const char *identity);

/* -ENODEV, err untouched, if there is none. */
int ebpf_end_find(struct nl *nl, const char *identity, struct link *out, struct err *err);

static inline bool ebpf_is_l3(const struct datapath_spec *spec)
{
	return spec->mode == IPVLAN_MODE_L3;
}

/* IPVLAN_BPF_*, as the programs are told what the configuration wants. */
uint32_t ebpf_port_flags(const struct datapath_spec *spec);

#endif
