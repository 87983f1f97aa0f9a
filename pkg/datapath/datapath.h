/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What carries a pod's frames: a way to give a pod an interface on a master, to take it away, and
 * to see whether it is as it was made. Each way is one struct datapath; who uses it knows no other.
 */
#ifndef DATAPATH_DATAPATH_H
#define DATAPATH_DATAPATH_H

#include <stdint.h>
#include <linux/if_link.h>
#include "pkg/base/err.h"
#include "pkg/nl/link.h"

/* The pod's side and the master's side, opened by the caller. */
struct datapath_ns {
	struct nl *pod;	  /* a socket in the pod's netns */
	int pod_fd;	  /* that netns */
	struct nl *lower; /* a socket in the master's netns, which may be the same */
};

struct datapath_spec {
	const char *ifname;
	const char *identity; /* whose it is; shorter than LINK_ALIAS_MAX */
	const struct link *master;
	uint16_t mode, flags; /* IPVLAN_MODE_*, IPVLAN_F_* */
	uint32_t mtu;	      /* bytes, 0: the master's */
};

struct datapath {
	const char *name;

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
	int (*detach)(struct nl *pod, const char *ifname, const char *identity, struct err *err);

	/* 0 if the interface is as attach made it; else code 107 saying what differs. */
	int (*verify)(const struct datapath_ns *ns, const struct datapath_spec *spec,
		      struct link *found, struct err *err);
};

extern const struct datapath datapath_kernel; /* links of kind ipvlan */

/* "l2", "l3", "l3s"; "?" for what is none. And back: -EINVAL, *mode untouched. */
const char *datapath_mode_name(uint16_t mode);
int datapath_mode_parse(const char *name, uint16_t *mode);

#endif
