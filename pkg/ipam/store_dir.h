/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory of one file an address, in the reference host-local's format, so that a node can
 * change plugin and back: <data_dir>/<network>/<address> holds "<container id>\r\n<ifname>",
 * last_reserved_ip.<set> the address given last, lock is the flock target.
 */
#ifndef IPAM_STORE_DIR_H
#define IPAM_STORE_DIR_H

#include "pkg/ipam/store.h"

#define STORE_DIR_DEFAULT "/var/lib/cni/networks"

/*
 * Opens and locks (waiting for its turn) the store of a network. create: make the directory if it
 * is not there; else *out is NULL and 0 returned where there is none (nothing is reserved).
 * Errors: code 109 naming the path. Close with s->ops->close(s).
 */
int store_dir_open(const char *data_dir, const char *network, bool create, struct store **out,
		   struct err *err);

/* ---- for the person who looks after it; s is one of store_dir_open() ------------------------ */

struct reservation {
	struct ip ip;
	const struct owner *owner; /* its strings are "" where the file names none */
	const struct facts *facts;
	int64_t since_s;       /* Unix time: of the reservation; of one that rests: its release */
	bool is_resting;       /* released, not to be given again yet */
	bool is_foreign;       /* taken by what is no reservation: a directory, a link … */
	const char *why_stale; /* why nobody can be using it; NULL: somebody may */
};

/* Each of them, in no order, read from the directory itself. Ends when fn gives non-zero. */
int store_dir_each(struct store *s, int (*fn)(const struct reservation *r, void *ctx), void *ctx,
		   struct err *err);
/* Takes one away, whoever holds it or has it resting. -ENOENT, err untouched: it is free. */
int store_dir_free(struct store *s, const struct ip *ip, struct err *err);
/* Gives back all that nobody can be using; how many into *freed. */
int store_dir_reclaim(struct store *s, size_t *freed, struct err *err);
/* How many addresses the index has otherwise than the directory; it is made anew then. */
int store_dir_check_index(struct store *s, size_t *differ, struct err *err);

#endif
