// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An engine that was restored from an older copy has forgotten what was given since. What gives it
 * away is the id of its cluster, which is new, or its revision, lower than a node has seen. The
 * first node that notices begins an epoch. In a new one each node says again what it holds (its
 * book knows), and confirms. Until all have, nobody takes a block or an address outside of its own
 * blocks: it might be one of those forgotten.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/ipam/cluster.h"
#include "pkg/ipam/store_dir.h"

/* ---- saying what this node holds ----------------------------------------------------------- */

static int say_block(struct cluster *c, const struct ip *block, struct err *err)
{
	struct etcd_answer a;
	struct etcd_txn t;
	char key[KEY_MAX];
	int rc;

	etcd_txn_open(&t);
	etcd_if_absent(&t, key_of_ip(&c->keys, "block", block, key));
	etcd_put(&t, ETCD_THEN, key, c->conf.node, 0);
	etcd_get(&t, ETCD_ELSE, key);
	rc = cluster_ask(c, &t, &a, NULL, err);
	if (rc == 0 && !a.is_then && a.found[0].n)
		rc = strcmp(a.found[0].v[0].value, c->conf.node) == 0 ? 0 : 1;
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc;
}

/* One of the book, put where it was; who has it now is told. */
static int say_held(struct cluster *c, const struct reservation *r, struct err *err)
{
	char key[KEY_MAX], owner_key[KEY_MAX], text[KEY_MAX], value[VALUE_MAX], ip[IP_STR_MAX];
	struct etcd_answer a;
	struct etcd_txn t;
	int rc;

	snprintf(text, sizeof(text), "%.255s/%.512s/%.15s", c->conf.node, r->owner->container_id,
		 r->owner->ifname);
	etcd_txn_open(&t);
	etcd_if_absent(&t, key_of_ip(&c->keys, "address", &r->ip, key));
	etcd_put(&t, ETCD_THEN, key, text, 0);
	etcd_put(&t, ETCD_THEN, key_of_owner(&c->keys, r->owner, &r->ip, owner_key),
		 value_format(r->facts, r->since_s, value), 0);
	etcd_get(&t, ETCD_ELSE, key);
	rc = cluster_ask(c, &t, &a, NULL, err);
	if (rc == 0 && !a.is_then && a.found[0].n && strcmp(a.found[0].v[0].value, text) != 0)
		log_warn(
			"network %s: %s of %s is held by %s as well, which got it after the engine "
			"was restored: one of the two must go",
			c->network, ip_format(&r->ip, ip), text, a.found[0].v[0].value);
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc;
}

/* The book's reservations, copied: asking the engine must not be done under the lock. */
struct copy {
	struct reservation *v;
	struct owner *owners;
	struct facts *facts;
	size_t n;
};

static int note_copy(const struct reservation *r, void *ctx)
{
	struct copy *l = ctx;

	if (r->is_resting || r->is_foreign || !r->owner->container_id[0])
		return 0;
	l->v = mem_resize(l->v, l->n + 1, sizeof(*l->v));
	l->owners = mem_resize(l->owners, l->n + 1, sizeof(*l->owners));
	l->facts = mem_resize(l->facts, l->n + 1, sizeof(*l->facts));
	l->v[l->n] = *r;
	l->owners[l->n] =
		(struct owner){ mem_str(r->owner->container_id), mem_str(r->owner->ifname) };
	l->facts[l->n++] = *r->facts;
	return 0;
}

int cluster_say_all(struct cluster *c, struct err *err)
{
	struct copy l = { 0 };
	int rc = cluster_lock(c, err);

	if (rc == 0)
		rc = store_dir_each(c->book, note_copy, &l, err);
	for (size_t i = 0; i < l.n; i++) {
		l.v[i].owner = &l.owners[i];
		l.v[i].facts = &l.facts[i];
		if (rc == 0)
			rc = say_held(c, &l.v[i], err);
		free((char *)l.owners[i].container_id);
		free((char *)l.owners[i].ifname);
	}
	free(l.v);
	free(l.owners);
	free(l.facts);
	return rc;
}

int cluster_heal(struct cluster *c, struct err *err)
{
	struct ips blocks = { 0 };
	uint64_t cluster;
	char epoch[64];
	int rc;

	/* What is asked here is not to be taken for another restoration. */
	c->is_restored = false;
	rc = cluster_epoch_find(c, true, epoch, &cluster, err);
	for (size_t i = 0; rc == 0 && i < c->state.blocks.count; i++) {
		rc = say_block(c, &c->state.blocks.v[i], err);
		if (rc == 0)
			ips_append(&blocks, &c->state.blocks.v[i]);
		rc = rc > 0 ? 0 : rc;
	}
	if (rc == 0)
		rc = cluster_say_all(c, err);
	if (rc == 0)
		rc = cluster_confirm(c, c->conf.node, epoch, err);
	if (rc == 0)
		rc = cluster_lock(c, err);
	c->is_restored = rc < 0;
	if (rc < 0) {
		ips_free(&blocks);
		return rc;
	}
	log_warn("network %s: the engine was restored from an older copy; what this node holds has "
		 "been said again",
		 c->network);
	ips_free(&c->state.blocks);
	c->state.blocks = blocks;
	c->state.cluster = cluster;
	c->state.is_settled = false;
	snprintf(c->state.epoch, sizeof(c->state.epoch), "%s", epoch);
	return 0;
}

/* ---- who has not confirmed ----------------------------------------------------------------- */

struct asking {
	struct cluster *c;
	char missing[160];
	size_t n_missing;
};

static int note_missing(const struct cluster_node *n, void *ctx)
{
	struct asking *asking = ctx;
	size_t len = strlen(asking->missing);

	if (n->is_confirmed)
		return 0;
	asking->n_missing++;
	snprintf(asking->missing + len, sizeof(asking->missing) - len, "%s%s", len ? ", " : "",
		 n->name);
	return 0;
}

int cluster_is_whole(struct cluster *c, struct err *err)
{
	struct asking asking = { .c = c };
	int rc;

	if (c->state.is_settled)
		return 0;
	rc = store_etcd_nodes(&c->store, note_missing, &asking, err);
	if (rc < 0)
		return rc;
	if (asking.n_missing)
		return err_set(err, CNI_ERR_AGAIN, -EAGAIN,
			       "ipam: etcd was restored from an older copy, and %zu nodes have not "
			       "said yet what they hold (%s); any command of theirs does, or: "
			       "ipvlan-cluster confirm NODE",
			       asking.n_missing, asking.missing);
	rc = cluster_lock(c, err);
	c->state.is_settled = rc == 0;
	return rc;
}
