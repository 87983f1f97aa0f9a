// SPDX-License-Identifier: GPL-2.0-or-later
/* For the person who looks after the cluster: everything of every node. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/ipam/cluster.h"

/* ---- every reservation --------------------------------------------------------------------- */

struct each {
	struct cluster *c;
	bool is_resting;
	int (*fn)(const struct cluster_record *r, void *ctx);
	void *ctx;
};

static int tell(struct etcd_kv *kv, void *ctx)
{
	const struct each *each = ctx;
	struct cluster_record r = { .node = "",
				    .owner = { "", "" },
				    .is_resting = each->is_resting };

	if (!key_ip(kv->key, &r.ip))
		return 0;
	value_parse(kv->value, &r.facts, &r.since_s);
	if (!each->is_resting &&
	    !key_split_owner(kv->key + (key_owner_part(&each->c->keys, kv->key) - kv->key), &r.node,
			     &r.owner))
		return 0;
	return each->fn(&r, each->ctx);
}

int store_etcd_each(struct store *s, int (*fn)(const struct cluster_record *r, void *ctx),
		    void *ctx, struct err *err)
{
	struct cluster *c = cluster_of(s);
	struct each each = { c, false, fn, ctx };
	char prefix[KEY_MAX];
	int rc = cluster_each(c, key_of(&c->keys, "owner", "", prefix), tell, &each, err);

	each.is_resting = true;
	if (rc == 0)
		rc = cluster_each(c, key_of(&c->keys, "rest", "", prefix), tell, &each, err);
	return rc;
}

static int drop_key(struct cluster *c, const char *key, int64_t revision, struct err *err)
{
	struct etcd_txn t;
	int rc;

	etcd_txn_open(&t);
	if (revision)
		etcd_if_revision(&t, key, revision);
	etcd_delete(&t, ETCD_THEN, key);
	rc = cluster_write(c, &t, err);
	return rc == -EEXIST ? 0 : rc;
}

/* Who holds it, is read first: both keys go in one transaction, or none. -ENOENT: nobody does. */
static int free_held(struct cluster *c, const struct ip *ip, struct err *err)
{
	char key[KEY_MAX], owner_key[KEY_MAX];
	struct etcd_answer a;
	struct etcd_txn t;
	int rc;

	key_of_ip(&c->keys, "address", ip, key);
	etcd_txn_open(&t);
	etcd_get(&t, ETCD_THEN, key);
	rc = cluster_ask(c, &t, &a, NULL, err);
	etcd_txn_close(&t);
	if (rc == 0 && !a.found[0].n)
		rc = -ENOENT;
	if (rc == 0) {
		snprintf(owner_key, sizeof(owner_key), "%sowner/%.800s%s", c->keys.base,
			 a.found[0].v[0].value, strrchr(key, '/'));
		etcd_txn_open(&t);
		etcd_if_revision(&t, key, a.found[0].v[0].mod_revision);
		etcd_delete(&t, ETCD_THEN, key);
		etcd_delete(&t, ETCD_THEN, owner_key);
		rc = cluster_write(c, &t, err);
	}
	etcd_answer_free(&a);
	return rc == -EEXIST ? -ENOENT : rc;
}

static int free_resting(struct cluster *c, const struct ip *ip, struct err *err)
{
	char key[KEY_MAX], value[1];
	int rc = cluster_value(c, key_of_ip(&c->keys, "rest", ip, key), value, sizeof(value), err);

	if (rc <= 0)
		return rc < 0 ? rc : -ENOENT;
	return drop_key(c, key, 0, err);
}

int store_etcd_free(struct store *s, const struct ip *ip, struct err *err)
{
	struct cluster *c = cluster_of(s);
	int rc = free_held(c, ip, err);

	return rc == -ENOENT ? free_resting(c, ip, err) : rc;
}

/* ---- every node ---------------------------------------------------------------------------- */

struct nodes {
	struct cluster *c;
	struct cluster_node *v; /* by name, which is owned */
	size_t n;
	char epoch[64];
	bool is_settled;
};

static struct cluster_node *node_of(struct nodes *l, const char *name)
{
	size_t i = 0;

	while (i < l->n && strcmp(l->v[i].name, name) < 0)
		i++;
	if (i < l->n && strcmp(l->v[i].name, name) == 0)
		return &l->v[i];
	l->v = mem_resize(l->v, l->n + 1, sizeof(*l->v));
	memmove(&l->v[i + 1], &l->v[i], (l->n - i) * sizeof(*l->v));
	l->n++;
	l->v[i] = (struct cluster_node){ .name = mem_str(name), .is_confirmed = l->is_settled };
	return &l->v[i];
}

static int count_block(struct etcd_kv *kv, void *ctx)
{
	node_of(ctx, kv->value)->blocks++;
	return 0;
}

static int count_address(struct etcd_kv *kv, void *ctx)
{
	struct nodes *l = ctx;
	struct owner o;
	const char *node;

	if (key_split_owner(kv->key + (key_owner_part(&l->c->keys, kv->key) - kv->key), &node, &o))
		node_of(l, node)->addresses++;
	return 0;
}

static int note_seen(struct etcd_kv *kv, void *ctx)
{
	node_of(ctx, strrchr(kv->key, '/') + 1)->is_seen = true;
	return 0;
}

static int note_confirmed(struct etcd_kv *kv, void *ctx)
{
	struct nodes *l = ctx;
	const char *name = strrchr(kv->key, '/') + 1;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].name, name) == 0 && strcmp(kv->value, l->epoch) == 0)
			l->v[i].is_confirmed = true;
	return 0;
}

static int note_epoch(struct etcd_kv *kv, void *ctx)
{
	struct nodes *l = ctx;
	const char *dot = strchr(kv->value, '.');

	snprintf(l->epoch, sizeof(l->epoch), "%s", kv->value);
	l->is_settled = dot && strcmp(dot, ".0") == 0;
	return 0;
}

static int find_nodes(struct nodes *l, struct err *err)
{
	static const struct {
		const char *kind, *sub;
		int (*fn)(struct etcd_kv *kv, void *ctx);
	} parts[] = {
		{ "epoch", NULL, note_epoch },	     { "block", "", count_block },
		{ "owner", "", count_address },	     { "node", "", note_seen },
		{ "confirmed", "", note_confirmed },
	};
	char prefix[KEY_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(parts) / sizeof(*parts); i++)
		rc = cluster_each(l->c, key_of(&l->c->keys, parts[i].kind, parts[i].sub, prefix),
				  parts[i].fn, l, err);
	return rc;
}

static void forget_nodes(struct nodes *l)
{
	for (size_t i = 0; i < l->n; i++)
		free((char *)l->v[i].name);
	free(l->v);
}

int store_etcd_nodes(struct store *s, int (*fn)(const struct cluster_node *n, void *ctx), void *ctx,
		     struct err *err)
{
	struct nodes l = { .c = cluster_of(s) };
	int rc = find_nodes(&l, err);

	for (size_t i = 0; rc == 0 && i < l.n; i++)
		rc = fn(&l.v[i], ctx);
	forget_nodes(&l);
	return rc;
}

/* ---- a node that will not come again -------------------------------------------------------- */

struct of_node {
	struct cluster *c;
	const char *node;
	struct gone_list blocks;
};

static int note_its_block(struct etcd_kv *kv, void *ctx)
{
	struct of_node *l = ctx;

	return strcmp(kv->value, l->node) == 0 ? cluster_note_gone(kv, &l->blocks) : 0;
}

static int drop_blocks(struct cluster *c, const char *node, struct err *err)
{
	struct of_node l = { .c = c, .node = node };
	char prefix[KEY_MAX];
	int rc = cluster_each(c, key_of(&c->keys, "block", "", prefix), note_its_block, &l, err);

	for (size_t i = 0; rc == 0 && i < l.blocks.n; i++)
		rc = drop_key(c, l.blocks.v[i].owner_key, l.blocks.v[i].revision, err);
	cluster_forget_gone(&l.blocks);
	return rc;
}

static int is_seen(struct cluster *c, const char *node, struct err *err)
{
	char key[KEY_MAX], value[1];

	return cluster_value(c, key_of(&c->keys, "node", node, key), value, sizeof(value), err);
}

int store_etcd_reclaim_node(struct store *s, const char *node, bool is_forced, size_t *freed,
			    struct err *err)
{
	struct cluster *c = cluster_of(s);
	struct keys its = c->keys;
	struct gone_list l = { 0 };
	char prefix[KEY_MAX];
	int rc = is_seen(c, node, err);

	*freed = 0;
	if (rc > 0 && !is_forced)
		return err_set(err, CNI_ERR_AGAIN, -EBUSY,
			       "node %s was seen lately: what it holds may be in use", node);
	its.node = node;
	if (rc >= 0)
		rc = cluster_each(c, key_of_owner(&its, NULL, NULL, prefix), cluster_note_gone, &l,
				  err);
	if (rc == 0)
		rc = cluster_remove(c, &l, false, freed, err);
	cluster_forget_gone(&l);
	if (rc == 0)
		rc = drop_blocks(c, node, err);
	if (rc == 0)
		rc = drop_key(c, key_of(&c->keys, "node", node, prefix), 0, err);
	return rc < 0 ? rc : drop_key(c, key_of(&c->keys, "confirmed", node, prefix), 0, err);
}

struct dead {
	const char *own;
	char *names[16];
	size_t n;
};

static int note_dead_node(const struct cluster_node *n, void *ctx)
{
	struct dead *d = ctx;

	if (!n->is_seen && n->addresses && strcmp(n->name, d->own) != 0 &&
	    d->n < sizeof(d->names) / sizeof(*d->names))
		d->names[d->n++] = mem_str(n->name);
	return 0;
}

int cluster_reclaim_dead(struct cluster *c, struct err *err)
{
	struct dead d = { .own = c->conf.node };
	size_t freed = 0, all = 0;
	int rc = store_etcd_nodes(&c->store, note_dead_node, &d, err);

	for (size_t i = 0; i < d.n; i++) {
		if (rc == 0)
			rc = store_etcd_reclaim_node(&c->store, d.names[i], false, &freed, err);
		if (rc == 0)
			log_warn("network %s: node %s was not seen for %u s: its %zu addresses are "
				 "free",
				 c->network, d.names[i], c->conf.node_timeout_s, freed);
		all += freed;
		free(d.names[i]);
	}
	return rc < 0 ? rc : all > 0;
}
