/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses of a network that many nodes share, in etcd (cluster_key.h says how). What this node
 * holds is in a store_dir of its own as well, the node's book: it says what is free in the node's
 * blocks without asking, keeps what was deleted while the engine was away, and says again what the
 * node holds when the engine was restored from an older copy.
 *
 * The truth is the engine's: an address is given when a transaction made its key, which fails if
 * the key is there. No lock is held, here or there, while the engine is asked.
 */
#ifndef IPAM_STORE_ETCD_H
#define IPAM_STORE_ETCD_H

#include "pkg/etcd/etcd.h"
#include "pkg/ipam/store.h"

#define CLUSTER_PREFIX	   "/ipvlan-cni" /* of all keys */
#define CLUSTER_SEEN_TTL_S 86400	 /* a node counts as seen for so long after a command */

struct cluster_conf { /* borrowed for as long as the store is open */
	struct etcd_conf etcd;
	const char *prefix;	 /* CLUSTER_PREFIX */
	const char *node;	 /* unique in the cluster */
	const char *data_dir;	 /* of the node's book */
	uint32_t node_timeout_s; /* a node not seen for so long loses its addresses; 0: never */
};

/*
 * Reaches nobody yet; each operation may fail with the errors of etcd.h. adding: what the owner
 * holds is looked up in the book, the engine's word comes with the transaction. Code 7 and 109 as
 * etcd_open() and store_dir_open().
 */
int store_etcd_open(const struct cluster_conf *conf, const char *network, bool adding,
		    struct store **out, struct err *err);

/* ---- for the person who looks after it; s is one of store_etcd_open() ----------------------- */

struct cluster_record {
	const char *node;
	struct owner owner;
	struct ip ip;
	struct facts facts;
	int64_t since_s;
	bool is_resting;
};

/* All of the network, of all nodes, in no order. Ends when fn gives non-zero. */
int store_etcd_each(struct store *s, int (*fn)(const struct cluster_record *r, void *ctx),
		    void *ctx, struct err *err);
/* Takes one away, whoever holds it. -ENOENT, err untouched: it is free. */
int store_etcd_free(struct store *s, const struct ip *ip, struct err *err);

/* Frees what is proven dead on this node; how many into *freed. */
int store_etcd_bury(struct store *s, size_t *freed, struct err *err);
/*
 * Compares the node's book with the engine, and the engine's keys with each other. Each difference
 * is told as a sentence; how many into *differ.
 */
int store_etcd_compare(struct store *s, int (*fn)(const char *what, void *ctx), void *ctx,
		       size_t *differ, struct err *err);
/*
 * Reserves that very address for that owner, of this node where r names none. 1: done; 0: it has it
 * already; -EEXIST, err untouched: another has it.
 */
int store_etcd_import(struct store *s, const struct cluster_record *r, struct err *err);

struct cluster_node {
	const char *name;
	bool is_seen;	   /* it has a registration that lasts */
	bool is_confirmed; /* it said what it holds since the engine was restored, or need not */
	size_t blocks, addresses;
};

int store_etcd_nodes(struct store *s, int (*fn)(const struct cluster_node *n, void *ctx), void *ctx,
		     struct err *err);
/*
 * Frees all that a node holds, and forgets it. -EBUSY, code 11: it was seen lately (is_forced: all
 * the same).
 */
int store_etcd_reclaim_node(struct store *s, const char *node, bool is_forced, size_t *freed,
			    struct err *err);
/* Goes on as if that node had confirmed. */
int store_etcd_confirm(struct store *s, const char *node, struct err *err);

#endif
