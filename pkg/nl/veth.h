/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pair of veth devices, one end here and one in a pod's netns. */
#ifndef NL_VETH_H
#define NL_VETH_H

#include "pkg/base/ip.h"
#include "pkg/nl/link.h"

struct veth_spec {
	const char *name;     /* of the end in the socket's netns */
	const char *pod_name; /* of the other, in the netns of pod_fd */
	int pod_fd;
	const uint8_t *mac; /* six bytes, of both */
	uint32_t mtu;	    /* bytes, of both */
	uint32_t group;	    /* what both are marked with from their first instant */
};

/* Makes both, down, in one request. -EEXIST: one of the names is taken. */
int veth_create(struct nl *nl, const struct veth_spec *spec, struct err *err);

/* Requests for a batch. */

/* Names the owner, takes the mark of creation off, and has the kernel make no address by itself. */
void veth_put_identity(struct nl_batch *b, int ifindex, const char *alias);

/* Up; an interface that is routed to resolves no neighbours. */
void veth_put_up(struct nl_batch *b, int ifindex, bool is_noarp);
void veth_put_noarp(struct nl_batch *b, int ifindex);

/* Both may change during a pod's life. */
void veth_put_mac_mtu(struct nl_batch *b, int ifindex, const uint8_t mac[6], uint32_t mtu);

#endif
