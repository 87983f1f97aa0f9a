/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a node remembers of a cluster's network between two commands, in
 * data_dir/.ipvlan-cluster/NETWORK/state. All of it can be learnt anew from the engine. It is used
 * under the lock of the node's own store (store_dir.h).
 *
 * pending/ beside it is not to be deleted: one file for each attachment that was deleted while the
 * engine could not be reached.
 */
#ifndef IPAM_CLUSTER_STATE_H
#define IPAM_CLUSTER_STATE_H

#include <stdbool.h>
#include "pkg/base/err.h"
#include "pkg/ipam/ips.h"
#include "pkg/ipam/store.h"

struct cluster_state {
	struct ips blocks;  /* ours: their first addresses, ascending */
	struct ips foreign; /* in our blocks, and held by other nodes */
	uint64_t cluster;   /* id of the engine's cluster, 0: never met */
	char epoch[64];
	bool is_settled; /* nobody has to confirm anything */
	int64_t registered_s;
	size_t endpoint; /* that answered last */
	char token[512];
};

struct cluster_dir {
	char *path;
	int fd, pending_fd;
};

/* Makes it where it is not there. Code 109. */
int cluster_dir_open(struct cluster_dir *d, const char *data_dir, const char *network,
		     struct err *err);
void cluster_dir_close(struct cluster_dir *d);

/* False: there is none, or none that can be read: all is to be learnt. */
bool cluster_state_read(const struct cluster_dir *d, struct cluster_state *s);
/* Unsynced; without it nothing is lost. */
void cluster_state_write(const struct cluster_dir *d, const struct cluster_state *s);
void cluster_state_free(struct cluster_state *s);

/* Durable. Code 109. */
int cluster_pending_add(const struct cluster_dir *d, const struct owner *o, struct err *err);
void cluster_pending_drop(const struct cluster_dir *d, const struct owner *o);
/* Calls fn for up to max of them, until it fails; its result. */
int cluster_pending_each(const struct cluster_dir *d, size_t max,
			 int (*fn)(const struct owner *o, void *ctx), void *ctx);

#endif
