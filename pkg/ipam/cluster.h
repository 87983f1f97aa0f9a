/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store of store_etcd.h from inside. */
#ifndef IPAM_CLUSTER_H
#define IPAM_CLUSTER_H

#include "pkg/ipam/cluster_key.h"
#include "pkg/ipam/cluster_state.h"
#include "pkg/ipam/ips.h"
#include "pkg/ipam/store_etcd.h"

#define CLUSTER_PAGE 512 /* keys in one answer */

struct cluster {
	struct store store; /* first: the ops cast back */
	struct cluster_conf conf;
	const char *network;
	struct keys keys;
	struct etcd *etcd;
	struct cluster_dir dir;
	struct store *book;	    /* NULL: closed, which is: not locked */
	struct cluster_state state; /* as of the last lock */
	int64_t revision;	    /* the highest that this node saw, ever */
	bool is_adding;
	bool is_restored;  /* the engine is another than it was, or went back in time */
	struct ips wanted; /* reserved in the book, not yet in the engine */
	struct ips taken;  /* found to be somebody else's */
	struct ips spare;  /* found free in other nodes' blocks, or in nobody's */
};

static inline struct cluster *cluster_of(struct store *s)
{
	return (struct cluster *)s;
}

/* ---- cluster_ask.c: the book and the engine, one at a time ---- */
/* The book and the state; code 109. Others of this node wait until it is unlocked. */
int cluster_lock(struct cluster *c, struct err *err);
/* Keeps the state. Nothing if it is not locked. */
void cluster_unlock(struct cluster *c);

/*
 * etcd_commit() without the lock; notes what the answer says of the engine. The answer is freed by
 * the caller in any case.
 */
int cluster_ask(struct cluster *c, struct etcd_txn *t, struct etcd_answer *a, bool *is_sent,
		struct err *err);
/* One that writes and asks for nothing. -EEXIST: its comparisons did not hold. Closes it. */
int cluster_write(struct cluster *c, struct etcd_txn *t, struct err *err);
/* 1: the key is there, and its value copied, as far as it goes in; 0: it is not. */
int cluster_value(struct cluster *c, const char *key, char *value, size_t size, struct err *err);
/* The revision that this node saw last, as kept. */
void cluster_read_revision(struct cluster *c);
/* All keys under the prefix, page by page; ends when fn gives non-zero. Keys and values are fn's to
 * change. */
int cluster_each(struct cluster *c, const char *prefix, int (*fn)(struct etcd_kv *kv, void *ctx),
		 void *ctx, struct err *err);

/* ---- cluster_take.c: reserving ---- */
int cluster_reserve(struct cluster *c, const struct ip *ip, const struct owner *o, struct err *err);
int cluster_cancel(struct cluster *c, const struct ip *ip, struct err *err);
void cluster_cancel_all(struct cluster *c);
int cluster_commit(struct cluster *c, const struct owner *o, struct err *err);

/* ---- cluster_meet.c: who is who ---- */
/*
 * Makes sure that this node is known to the engine and knows it, before something is given. Code 7:
 * another machine has this node's name.
 */
int cluster_meet(struct cluster *c, struct err *err);

/* ---- cluster_epoch.c: which life of the data this is ---- */
/* As it is in the engine, "" if it has none; *cluster is the id of the one that answers. */
int cluster_epoch_read(struct cluster *c, char epoch[static 64], uint64_t *cluster,
		       struct err *err);
/*
 * The epoch that holds now, begun if need be. went_back: the engine has less than it had, in the
 * epoch that this node knew.
 */
int cluster_epoch_find(struct cluster *c, bool went_back, char epoch[static 64], uint64_t *cluster,
		       struct err *err);
/* 0: the engine never was another. */
unsigned long cluster_epoch_count(const char *epoch);
/* That node has said what it holds in this epoch. */
int cluster_confirm(struct cluster *c, const char *node, const char *epoch, struct err *err);

/* ---- cluster_heal.c: after the engine was restored ---- */
/* Makes the keys of all that the book has, where they are not there. */
int cluster_say_all(struct cluster *c, struct err *err);
/* Says again what this node holds, when the engine has lost it. */
int cluster_heal(struct cluster *c, struct err *err);
/* 0 if every node has done so; else code 11 naming those that have not. */
int cluster_is_whole(struct cluster *c, struct err *err);

/* ---- cluster_find.c: where there may be free addresses ---- */
int cluster_next_free(struct cluster *c, const struct ip *first, const struct ip *last,
		      struct ip *ip, struct err *err);
int cluster_reclaim(struct cluster *c, const struct ip *first, const struct ip *last,
		    struct err *err);

/* Some address between the two: nodes that begin at different places do not meet. */
struct ip cluster_anywhere(const struct ip *first, const struct ip *last);
/* Whether this node knows that another has it. */
bool cluster_is_others(const struct cluster *c, const struct ip *ip);

/* ---- cluster_borrow.c: single addresses in the blocks of others ---- */
/* How many were found, for cluster_next_free(). */
int cluster_borrow(struct cluster *c, const struct ip *first, const struct ip *last,
		   struct err *err);

/* ---- cluster_give.c: giving back ---- */
int cluster_release(struct cluster *c, const struct owner *o, size_t *released, struct err *err);
int cluster_retain(struct cluster *c, const struct owner *valid, size_t n_valid, size_t *released,
		   struct err *err);
/* What was deleted while the engine was away. */
void cluster_replay(struct cluster *c);
/* The address of an attachment of this node that is proven dead; else 0. 1: it is free now. */
int cluster_bury(struct cluster *c, const char *owner_text, const struct ip *ip, struct err *err);
/* Takes these keys of owners away, if they are still as they were read, with their addresses. */
struct gone {
	char *owner_key, *value; /* owned */
	int64_t revision;
	struct ip ip;
};
struct gone_list {
	struct gone *v;
	size_t n;
};
int cluster_note_gone(struct etcd_kv *kv, void *gone_list); /* for cluster_each() */
int cluster_remove(struct cluster *c, struct gone_list *l, bool may_rest, size_t *removed,
		   struct err *err);
void cluster_forget_gone(struct gone_list *l);

/* ---- cluster_admin.c: other nodes ---- */
/* Frees what nodes hold that were not seen for the configured time; how many. */
int cluster_reclaim_dead(struct cluster *c, struct err *err);

#endif
