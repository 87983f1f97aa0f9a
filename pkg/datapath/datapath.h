/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What carries a pod's frames: a way to give a pod an interface on a master, to take it away, and
 * to see whether it is as it was made. Each way is one struct datapath; who uses it knows no other.
 */
#ifndef DATAPATH_DATAPATH_H
#define DATAPATH_DATAPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/if_link.h>
#include "pkg/base/err.h"
#include "pkg/base/ip.h"
#include "pkg/nl/link.h"

/* The pod's side and the master's side, opened by the caller. */
struct datapath_ns {
	struct nl *pod;	  /* a socket in the pod's netns; NULL: it is gone */
	int pod_fd;	  /* that netns */
	struct nl *lower; /* a socket in the master's netns, which may be the same */
	int home_fd;	  /* the netns that the process is in */
};

struct datapath_spec {
	const char *ifname;
	const char *identity; /* whose it is; shorter than LINK_ALIAS_MAX */
	const struct link *master;
	uint16_t mode, flags;	    /* IPVLAN_MODE_*, IPVLAN_F_* */
	uint32_t mtu;		    /* bytes, 0: the master's */
	bool is_locked;		    /* antiSpoof: nothing goes out in another's name */
	const struct ip *addresses; /* that it will have */
	size_t n_addresses;
};

struct datapath {
	const char *name;
	const char *kind; /* of the pod's interface */

	/*
	 * 0 if it could give a pod such an interface now (ifname and identity may be NULL). Errors:
	 * code 103 if this kernel cannot, 101 if this master cannot.
	 */
	int (*probe)(const struct datapath_ns *ns, const struct datapath_spec *spec,
		     struct err *err);

	/*
	 * Makes the interface, down, under its final name, marked as its owner's from its first
	 * instant. Errors: code 102 if the name is taken, 103, 101, or 100 with the kernel's words.
	 * Nothing is left on an error.
	 */
	int (*attach)(const struct datapath_ns *ns, const struct datapath_spec *spec,
		      struct link *made, struct err *err);

	/*
	 * Takes it away if it is there and the owner's. Gone already is success; one that is
	 * another's stays and is told as a warning.
	 */
	int (*detach)(const struct datapath_ns *ns, const char *ifname, const char *identity,
		      struct err *err);

	/*
	 * The master, or what in its netns is in between, that an interface of this kind stands on.
	 * -ENODEV, err untouched, if that is not there any more.
	 */
	int (*lower)(const struct datapath_ns *ns, const struct link *slave, struct link *master,
		     struct err *err);

	/* 0 if the interface is as attach made it; else code 107 saying what differs. */
	int (*verify)(const struct datapath_ns *ns, const struct datapath_spec *spec,
		      struct link *found, struct err *err);

	/*
	 * Takes away what there is of attachments that stand on an interface of the lower netns,
	 * whose identity begins with prefix and is not kept: what the host has for them, and their
	 * interface where its netns can be seen. Goes on past errors; all are told.
	 */
	int (*retain)(const struct datapath_ns *ns, const char *prefix,
		      bool (*is_kept)(const char *identity, void *ctx), void *ctx, struct err *err);
};

extern const struct datapath datapath_kernel; /* links of kind ipvlan */
extern const struct datapath datapath_ebpf;   /* veth pairs and programs on the host's side */

/*
 * What GC does for pods by eBPF beside taking away what nobody owns: those whose master has another
 * MAC address or MTU by now get them, what belongs to pods that are gone is given back. ns->pod is
 * not used. Goes on past errors; the first is told.
 */
int datapath_ebpf_mend(const struct datapath_ns *ns, struct err *err);

/* Whether pods of this master have their frames from eBPF by now, so that others should too. */
bool datapath_ebpf_is_on(const struct datapath_ns *ns, const struct link *master);

/* "l2", "l3", "l3s"; "?" for what is none. And back: -EINVAL, *mode untouched. */
const char *datapath_mode_name(uint16_t mode);
int datapath_mode_parse(const char *name, uint16_t *mode);

/* "bridge", "private", "vepa". */
const char *datapath_flags_name(uint16_t flags);

#endif
