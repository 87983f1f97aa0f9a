/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs and maps of one master, of which there is one set as long as it has pods. Nothing is
 * pinned: the programs live with the devices that they are on, the maps with the programs, and both
 * are found again through the devices. Whoever changes a set, or what it has, holds the lock.
 */
#ifndef DATAPATH_EBPF_SET_H
#define DATAPATH_EBPF_SET_H

#include <stdbool.h>
#include "datapath/include/ipvlan_bpf.h"
#include "pkg/nl/link.h"
#include "pkg/nl/tc.h"

struct ebpf_set {
	int ports_fd, ip4_fd, ip6_fd, master_fd;
	struct ipvlan_bpf_port *ports;	  /* mapped: IPVLAN_BPF_PORTS of them */
	struct ipvlan_bpf_master *master; /* mapped */
};

/* Initialise with this: closing it does nothing. */
#define EBPF_SET_NONE                      \
	{                                  \
		-1, -1, -1, -1, NULL, NULL \
	}

/* The one lock of a netns: given back when *lock is closed, by the end of the process too. */
int ebpf_lock(int *lock, struct err *err);

/*
 * The set that is on a master, in the netns of nl, where the process must be. -ENOENT, err
 * untouched, if there is none; code 103 if it cannot be used. Of another version's, -EPROTO, only
 * what its master is known by is open. The caller closes it in every case.
 */
int ebpf_set_find(struct nl *nl, int master, struct ebpf_set *set, struct err *err);

/* The set that a program belongs to: the maps that it uses are the set. As above. */
int ebpf_set_open(int prog_fd, struct ebpf_set *set, struct err *err);
int ebpf_set_of_program(uint32_t id, struct ebpf_set *set, struct err *err);

/* ---- ebpf_load.c ---- */
/* Loads a set and puts it on a master that has none. *pod_program: as ebpf_set_pod_program(). */
int ebpf_set_load(struct nl *nl, const struct link *master, struct ebpf_set *set, int *pod_program,
		  struct err *err);

/* Takes the set off its master. What is not ours stays. */
int ebpf_set_unload(struct nl *nl, struct ebpf_set *set, struct err *err);

/* Gives back what finding or loading took; the set itself stays where it is. */
void ebpf_set_close(struct ebpf_set *set);

/* Whether a master has a set, at next to no cost. */
bool ebpf_set_is_on(struct nl *nl, int master);

/* Of another version's set the ports are not there. */
static inline bool ebpf_set_is_ours(const struct ebpf_set *set)
{
	return set->ports;
}

/* Whether a host end in the netns of nl has a program of the set, of whichever version it is. */
bool ebpf_set_is_used(struct nl *nl, const struct ebpf_set *set);

/*
 * Each set whose master is, or was, in the netns of nl, other versions' too; fn may unload it. Its
 * error ends it.
 */
int ebpf_set_each(struct nl *nl, int (*fn)(struct ebpf_set *set, void *ctx), void *ctx);

/* The program for host ends, as an fd that the caller closes; -ENOENT if it has gone. */
int ebpf_set_pod_program(const struct ebpf_set *set, int *fd, struct err *err);

/* 0 if both programs are on the master; else code 107. */
int ebpf_set_verify(struct nl *nl, const struct ebpf_set *set, struct err *err);

/* 0 if this kernel lets us load such programs; else code 103 with the reason. */
int ebpf_probe(struct err *err);

#endif
