// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving back: in the engine first, then in the book, which remembers what is still to be done. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "pkg/base/log.h"
#include "pkg/ipam/cluster.h"
#include "pkg/ipam/store_dir.h"

#define REPLAY_MAX 32 /* attachments in one command */
#define REMOVE_MAX 20 /* addresses in one transaction: five requests each, of 128 */

/* ---- taking keys away ---------------------------------------------------------------------- */

int cluster_note_gone(struct etcd_kv *kv, void *ctx)
{
	struct gone_list *l = ctx;
	struct ip ip;

	if (!key_ip(kv->key, &ip))
		return 0;
	l->v = mem_resize(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = (struct gone){ .owner_key = mem_str(kv->key),
				      .value = mem_str(kv->value),
				      .revision = kv->mod_revision,
				      .ip = ip };
	return 0;
}

void cluster_forget_gone(struct gone_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].owner_key);
		free(l->v[i].value);
	}
	free(l->v);
	*l = (struct gone_list){ 0 };
}

static void put_rest(struct cluster *c, const struct gone *g, struct etcd_txn *t)
{
	char key[KEY_MAX], value[VALUE_MAX], owner[KEY_MAX];
	struct facts f;
	struct owner o;
	const char *node;
	int64_t since_s;

	value_parse(g->value, &f, &since_s);
	snprintf(owner, sizeof(owner), "%s", key_owner_part(&c->keys, g->owner_key));
	if (!key_split_owner(owner, &node, &o))
		return;
	if (f.is_rested || (f.is_sticky && facts_have_pod(&f)))
		etcd_put(t, ETCD_THEN, key_of_ip(&c->keys, "rest", &g->ip, key),
			 value_format(&f, time(NULL), value), 0);
	if (f.is_sticky && facts_have_pod(&f))
		etcd_put(t, ETCD_THEN, key_of_pod(&c->keys, &f, o.ifname, &g->ip, key), "", 0);
}

/* -EEXIST: one of them is not as it was read. */
static int remove_some(struct cluster *c, const struct gone *v, size_t n, bool may_rest,
		       struct err *err)
{
	struct etcd_txn t;
	char key[KEY_MAX];

	etcd_txn_open(&t);
	for (size_t i = 0; i < n; i++) {
		etcd_if_revision(&t, v[i].owner_key, v[i].revision);
		etcd_delete(&t, ETCD_THEN, v[i].owner_key);
		etcd_delete(&t, ETCD_THEN, key_of_ip(&c->keys, "address", &v[i].ip, key));
		if (may_rest)
			put_rest(c, &v[i], &t);
	}
	return cluster_write(c, &t, err);
}

/* Many at once; where one of those changed meanwhile, one by one, without it. */
int cluster_remove(struct cluster *c, struct gone_list *l, bool may_rest, size_t *removed,
		   struct err *err)
{
	int rc = 0;

	for (size_t i = 0, n; rc == 0 && i < l->n; i += n) {
		n = l->n - i < REMOVE_MAX ? l->n - i : REMOVE_MAX;
		rc = remove_some(c, l->v + i, n, may_rest, err);
		if (rc == 0)
			*removed += n;
		for (size_t k = 0; rc == -EEXIST && k < n; k++) {
			int one = remove_some(c, l->v + i + k, 1, may_rest, err);

			if (one < 0 && one != -EEXIST)
				rc = one;
			*removed += one == 0;
		}
		rc = rc == -EEXIST ? 0 : rc;
	}
	return rc;
}

/* ---- one attachment ------------------------------------------------------------------------ */

static int remove_owner(struct cluster *c, const struct owner *o, size_t *released, struct err *err)
{
	struct gone_list l = { 0 };
	char prefix[KEY_MAX];
	int rc;

	rc = cluster_each(c, key_of_owner(&c->keys, o, NULL, prefix), cluster_note_gone, &l, err);
	if (rc == 0)
		rc = cluster_remove(c, &l, true, released, err);
	cluster_forget_gone(&l);
	return rc;
}

static int close_book(struct cluster *c, const struct owner *o, struct err *err)
{
	size_t released;
	int rc = cluster_lock(c, err);

	return rc < 0 ? rc : c->book->ops->release(c->book, o, &released, err);
}

/* The pod's deletion must not wait for the engine: it is done as soon as that is back. */
int cluster_release(struct cluster *c, const struct owner *o, size_t *released, struct err *err)
{
	struct err away = { 0 };
	int rc;

	*released = 0;
	if (strlen(o->container_id) > ID_MAX)
		return 0; /* no ADD of it was ever served */
	rc = remove_owner(c, o, released, &away);
	if (rc == 0) {
		cluster_pending_drop(&c->dir, o);
		rc = close_book(c, o, err);
		if (rc == 0)
			cluster_replay(c);
		return rc;
	}
	rc = cluster_pending_add(&c->dir, o, err);
	if (rc == 0)
		log_warn("%s; the addresses of %s of container %s are given back when it can be "
			 "reached",
			 away.msg, o->ifname, o->container_id);
	return rc;
}

static int replay_one(const struct owner *o, void *ctx)
{
	struct cluster *c = ctx;
	size_t released = 0;
	int rc = remove_owner(c, o, &released, NULL);

	if (rc == 0)
		rc = close_book(c, o, NULL);
	cluster_unlock(c);
	if (rc == 0)
		cluster_pending_drop(&c->dir, o);
	return rc;
}

/* What fails now is tried again. */
void cluster_replay(struct cluster *c)
{
	cluster_pending_each(&c->dir, REPLAY_MAX, replay_one, c);
}

/* ---- the dead ------------------------------------------------------------------------------ */

int cluster_bury(struct cluster *c, const char *owner_text, const struct ip *ip, struct err *err)
{
	const struct terms *terms = &c->store.terms;
	char copy[KEY_MAX], key[KEY_MAX];
	struct gone_list l = { 0 };
	struct facts f, here;
	struct owner o;
	const char *node;
	int64_t since_s;
	size_t removed = 0;
	int rc;

	snprintf(copy, sizeof(copy), "%s", owner_text);
	if (!key_split_owner(copy, &node, &o) || strcmp(node, c->conf.node) != 0)
		return 0;
	rc = cluster_each(c, key_of_owner(&c->keys, &o, NULL, key), cluster_note_gone, &l, err);
	facts_here(&here);
	for (size_t i = 0; rc == 0 && i < l.n; i++) {
		struct gone_list one = { &l.v[i], 1 };

		value_parse(l.v[i].value, &f, &since_s);
		if (ip_cmp(&l.v[i].ip, ip) == 0 &&
		    (facts_is_earlier_boot(&f, &here) ||
		     (terms->is_gone && terms->is_gone(&f, terms->ctx))))
			rc = cluster_remove(c, &one, false, &removed, err);
	}
	cluster_forget_gone(&l);
	return rc < 0 ? rc : removed > 0;
}

/* ---- GC ------------------------------------------------------------------------------------ */

struct living {
	struct cluster *c;
	const struct owner *valid;
	size_t n;
	struct gone_list gone;
};

static bool is_valid(const struct living *l, const struct owner *o)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->valid[i].container_id, o->container_id) == 0 &&
		    strcmp(l->valid[i].ifname, o->ifname) == 0)
			return true;
	return false;
}

static int note_dead(struct etcd_kv *kv, void *ctx)
{
	struct living *l = ctx;
	char owner[KEY_MAX];
	const char *node;
	struct owner o;

	snprintf(owner, sizeof(owner), "%s", key_owner_part(&l->c->keys, kv->key));
	if (!key_split_owner(owner, &node, &o) || is_valid(l, &o))
		return 0;
	return cluster_note_gone(kv, &l->gone);
}

/* A block in which nobody holds anything goes back; one stays, for the next pod. */
static int give_block(struct cluster *c, const struct ip *block, struct err *err)
{
	char key[KEY_MAX], low[KEY_MAX], high[KEY_MAX];
	struct ip end = block_last(block);
	struct etcd_txn t;
	int rc;

	etcd_txn_open(&t);
	etcd_if_none_between(&t, key_of_ip(&c->keys, "address", block, low),
			     key_of_ip(&c->keys, "address", &end, high));
	etcd_if_value(&t, key_of_ip(&c->keys, "block", block, key), c->conf.node);
	etcd_delete(&t, ETCD_THEN, key);
	rc = cluster_write(c, &t, err);
	return rc == -EEXIST ? 0 : rc < 0 ? rc : 1;
}

static int give_blocks(struct cluster *c, struct err *err)
{
	struct ips given = { 0 };
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < c->state.blocks.count; i++) {
		if (given.count + 1 >= c->state.blocks.count)
			break;
		rc = give_block(c, &c->state.blocks.v[i], err);
		if (rc > 0)
			ips_append(&given, &c->state.blocks.v[i]);
	}
	if (rc >= 0 && given.count)
		rc = cluster_lock(c, err);
	for (size_t i = 0; rc >= 0 && i < given.count; i++)
		ips_drop(&c->state.blocks, &given.v[i]);
	ips_free(&given);
	return rc < 0 ? rc : 0;
}

int cluster_retain(struct cluster *c, const struct owner *valid, size_t n_valid, size_t *released,
		   struct err *err)
{
	struct living l = { .c = c, .valid = valid, .n = n_valid };
	char prefix[KEY_MAX];
	size_t in_book;
	int rc;

	*released = 0;
	cluster_replay(c);
	rc = cluster_each(c, key_of_owner(&c->keys, NULL, NULL, prefix), note_dead, &l, err);
	if (rc == 0)
		rc = cluster_remove(c, &l.gone, true, released, err);
	cluster_forget_gone(&l.gone);
	if (rc == 0)
		rc = cluster_lock(c, err);
	if (rc == 0)
		rc = c->book->ops->retain(c->book, valid, n_valid, &in_book, err);
	return rc < 0 ? rc : give_blocks(c, err);
}
