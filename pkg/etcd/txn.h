/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A transaction of etcd v3: if all comparisons hold, one list of requests is done, else another;
 * all of it at one revision, or nothing (etcd API v3, rpc Txn). A mere read is one without
 * comparisons. Keys and values are texts without NUL.
 */
#ifndef ETCD_TXN_H
#define ETCD_TXN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETCD_TXN_OPS_MAX 128 /* a server's default limit to the requests of one list */

enum etcd_branch {
	ETCD_THEN,
	ETCD_ELSE,
};

struct cJSON;

struct etcd_txn {
	struct cJSON *doc;
	size_t n_ops[2]; /* by branch */
};

void etcd_txn_open(struct etcd_txn *t);
void etcd_txn_close(struct etcd_txn *t);

/* ---- comparisons ---- */
void etcd_if_absent(struct etcd_txn *t, const char *key);
void etcd_if_none_under(struct etcd_txn *t, const char *prefix);
void etcd_if_none_between(struct etcd_txn *t, const char *first, const char *last);
void etcd_if_value(struct etcd_txn *t, const char *key, const char *value);
void etcd_if_revision(struct etcd_txn *t, const char *key, int64_t mod_revision);

/* ---- requests; lease 0: none ---- */
void etcd_put(struct etcd_txn *t, enum etcd_branch b, const char *key, const char *value,
	      int64_t lease);
void etcd_delete(struct etcd_txn *t, enum etcd_branch b, const char *key);
void etcd_delete_under(struct etcd_txn *t, enum etcd_branch b, const char *prefix);

enum etcd_what {
	ETCD_ALL,
	ETCD_KEYS,  /* without values */
	ETCD_COUNT, /* how many, alone */
};

void etcd_get(struct etcd_txn *t, enum etcd_branch b, const char *key);
/* limit 0: all. */
void etcd_get_under(struct etcd_txn *t, enum etcd_branch b, const char *prefix, size_t limit,
		    enum etcd_what what);
/* Both belong to it. */
void etcd_get_between(struct etcd_txn *t, enum etcd_branch b, const char *first, const char *last,
		      size_t limit, enum etcd_what what);

/* ---- the answer ---- */
struct etcd_kv {
	char *key, *value; /* value "" where keys alone were asked for */
	int64_t mod_revision;
};

struct etcd_found { /* of one get, in ascending order of keys */
	struct etcd_kv *v;
	size_t n;
	int64_t count; /* of all, whatever the limit */
};

struct etcd_answer {
	bool is_then; /* the comparisons held */
	int64_t revision;
	uint64_t cluster;	  /* id of the cluster that answered */
	struct etcd_found *found; /* of the gets of the branch taken, in their order */
	size_t n_found;
};

/* From the server's JSON. -EPROTO if it is not such an answer. etcd_answer_free() in any case. */
int etcd_answer_parse(const char *text, struct etcd_answer *a);
void etcd_answer_free(struct etcd_answer *a);

#endif
