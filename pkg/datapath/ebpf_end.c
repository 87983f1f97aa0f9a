// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/datapath/ebpf_end.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "datapath/include/ipvlan_bpf.h"

/* FNV-1a, 64 bits. */
uint64_t ebpf_end_hash(const char *identity)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *identity; identity++)
		h = (h ^ (unsigned char)*identity) * 0x100000001b3;
	return h;
}

void ebpf_end_name(const char *identity, int try, char name[static IFNAMSIZ])
{
	snprintf(name, IFNAMSIZ, "ipvl%08x", (uint32_t)ebpf_end_hash(identity) + (uint32_t)try);
}

bool ebpf_end_is_of(const struct link *l, const char *identity)
{
	return strcmp(l->kind, "veth") == 0 && strcmp(l->alias, identity) == 0;
}

/* An unfinished one has no name yet but the one that it was made under. */
int ebpf_end_find(struct nl *nl, const char *identity, struct link *out, struct err *err)
{
	for (int try = 0; try < EBPF_END_TRIES; try++) {
		char name[IFNAMSIZ];
		int rc;

		ebpf_end_name(identity, try, name);
		rc = link_by_name(nl, name, out, err);
		if (rc < 0)
			return rc;
		if (ebpf_end_is_of(out, identity) ||
		    (strcmp(out->kind, "veth") == 0 && out->group == EBPF_END_UNFINISHED))
			return 0;
	}
	return -ENODEV;
}

uint32_t ebpf_port_flags(const struct datapath_spec *spec)
{
	return (ebpf_is_l3(spec) ? IPVLAN_BPF_L3 : 0) |
	       (spec->flags & IPVLAN_F_PRIVATE ? IPVLAN_BPF_PRIVATE : 0) |
	       (spec->flags & IPVLAN_F_VEPA ? IPVLAN_BPF_VEPA : 0) |
	       (spec->is_locked ? IPVLAN_BPF_ANTISPOOF : 0) | (spec->mtu ? IPVLAN_BPF_OWN_MTU : 0);
}
