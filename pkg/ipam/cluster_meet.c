// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is who, and which life of the engine's data this is.
 *
 * An engine that was restored from an older copy has forgotten what was given since. What gives it
 * away is the id of its cluster, which is new, or its revision, lower than a node has seen.
 * The first node that notices begins an epoch: "CLUSTER.COUNT". In a new epoch each node first says
 * again what it holds (its book knows), and confirms. Until all have, nobody takes a block or an
 * address outside of its own blocks: it might be one of those forgotten.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "pkg/base/log.h"
#include "pkg/ipam/cluster.h"
#include "pkg/ipam/store_dir.h"

/* ---- the first meeting --------------------------------------------------------------------- */

static int note_block(struct etcd_kv *kv, void *ctx)
{
	struct cluster *c = ctx;
	struct ip ip;

	if (strcmp(kv->value, c->conf.node) == 0 && key_ip(kv->key, &ip))
		ips_append(&c->spare, &ip);
	return 0;
}

/* What the engine says that we hold goes into the book, which may have been lost. */
static int note_own(struct etcd_kv *kv, void *ctx)
{
	struct cluster *c = ctx;
	struct facts facts;
	struct owner o;
	const char *node;
	struct ip ip;
	int64_t since_s;
	int rc = 0;

	if (!key_ip(kv->key, &ip) ||
	    !key_split_owner(kv->key + (key_owner_part(&c->keys, kv->key) - kv->key), &node, &o))
		return 0;
	value_parse(kv->value, &facts, &since_s);
	rc = cluster_lock(c, NULL);
	if (rc == 0) {
		c->book->terms.facts = &facts;
		rc = c->book->ops->reserve(c->book, &ip, &o, NULL);
		c->book->terms.facts = c->store.terms.facts;
	}
	return rc == -EEXIST ? 0 : rc;
}

/* The epoch as it is in the engine, or the first one. */
static int read_epoch(struct cluster *c, char epoch[static 64], uint64_t *cluster, struct err *err)
{
	struct etcd_answer a;
	struct etcd_txn t;
	char key[KEY_MAX];
	int rc;

	etcd_txn_open(&t);
	etcd_get(&t, ETCD_THEN, key_of(&c->keys, "epoch", NULL, key));
	rc = cluster_ask(c, &t, &a, NULL, err);
	epoch[0] = '\0';
	*cluster = a.cluster;
	if (rc == 0 && a.found[0].n)
		snprintf(epoch, 64, "%s", a.found[0].v[0].value);
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc;
}

/* -EEXIST: somebody else did. */
static int write_epoch(struct cluster *c, const char *old, const char *new, struct err *err)
{
	struct etcd_answer a;
	struct etcd_txn t;
	char key[KEY_MAX];
	int rc;

	key_of(&c->keys, "epoch", NULL, key);
	etcd_txn_open(&t);
	if (old[0])
		etcd_if_value(&t, key, old);
	else
		etcd_if_absent(&t, key);
	etcd_put(&t, ETCD_THEN, key, new, 0);
	rc = cluster_ask(c, &t, &a, NULL, err);
	if (rc == 0 && !a.is_then)
		rc = -EEXIST;
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc;
}

static uint64_t epoch_cluster(const char *epoch)
{
	return strtoull(epoch, NULL, 10);
}

static unsigned long epoch_count(const char *epoch)
{
	const char *dot = strchr(epoch, '.');

	return dot ? strtoul(dot + 1, NULL, 10) : 0;
}

/*
 * The epoch that holds now, begun if need be. went_back: the engine has less than it had, in the
 * epoch that this node knew.
 */
static int find_epoch(struct cluster *c, bool went_back, char epoch[static 64], uint64_t *cluster,
		      struct err *err)
{
	char next[64];
	int rc;

	do {
		rc = read_epoch(c, epoch, cluster, err);
		if (rc < 0)
			return rc;
		if (!epoch[0])
			snprintf(next, sizeof(next), "%" PRIu64 ".0", *cluster);
		else if (epoch_cluster(epoch) != *cluster ||
			 (went_back && strcmp(epoch, c->state.epoch) == 0))
			snprintf(next, sizeof(next), "%" PRIu64 ".%lu", *cluster,
				 epoch_count(epoch) + 1);
		else
			return 0;
		rc = write_epoch(c, epoch, next, err);
		if (rc == 0)
			snprintf(epoch, 64, "%s", next);
	} while (rc == -EEXIST);
	return rc;
}

static int confirm(struct cluster *c, const char *node, const char *epoch, struct err *err)
{
	struct etcd_answer a;
	struct etcd_txn t;
	char key[KEY_MAX];
	int rc;

	etcd_txn_open(&t);
	etcd_put(&t, ETCD_THEN, key_of(&c->keys, "confirmed", node, key), epoch, 0);
	rc = cluster_ask(c, &t, &a, NULL, err);
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc;
}

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

static int say_all(struct cluster *c, struct err *err)
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

static int first_meeting(struct cluster *c, struct err *err)
{
	char prefix[KEY_MAX], epoch[64];
	struct ips blocks;
	uint64_t cluster;
	int rc = find_epoch(c, false, epoch, &cluster, err);

	c->spare.count = 0;
	if (rc == 0)
		rc = cluster_each(c, key_of(&c->keys, "block", "", prefix), note_block, c, err);
	blocks = c->spare;
	c->spare = (struct ips){ 0 };
	if (rc == 0)
		rc = cluster_each(c, key_of_owner(&c->keys, NULL, NULL, prefix), note_own, c, err);
	/* A node that comes from host-local brings what its pods hold. */
	if (rc == 0)
		rc = say_all(c, err);
	if (rc == 0)
		rc = confirm(c, c->conf.node, epoch, err);
	if (rc == 0)
		rc = cluster_lock(c, err);
	if (rc == 0) {
		c->state.cluster = cluster;
		c->state.is_settled = epoch_count(epoch) == 0;
		snprintf(c->state.epoch, sizeof(c->state.epoch), "%s", epoch);
		ips_free(&c->state.blocks);
		c->state.blocks = blocks;
		return 0;
	}
	ips_free(&blocks);
	return rc;
}

/* ---- registering --------------------------------------------------------------------------- */

static uint32_t seen_ttl_s(const struct cluster *c)
{
	return c->conf.node_timeout_s ? c->conf.node_timeout_s : CLUSTER_SEEN_TTL_S;
}

static int refuse_name(const struct cluster *c, const char *theirs, const char *ours,
		       struct err *err)
{
	const char *line = strstr(theirs, "machine=");

	if (!line || strncmp(line + strlen("machine="), ours, strlen(ours)) == 0)
		return 0;
	return err_set(err, CNI_ERR_CONFIG, -EINVAL,
		       "ipam.node: another machine (machine-id %.32s) has the name \"%s\"; each "
		       "node needs one of its own",
		       line + strlen("machine="), c->conf.node);
}

static int register_node(struct cluster *c, struct err *err)
{
	char key[KEY_MAX], value[FACTS_MAX];
	struct etcd_answer a = { 0 };
	struct etcd_txn t;
	struct facts here;
	int64_t lease;
	int rc;

	facts_here(&here);
	key_of(&c->keys, "node", c->conf.node, key);
	etcd_txn_open(&t);
	etcd_get(&t, ETCD_THEN, key);
	rc = cluster_ask(c, &t, &a, NULL, err);
	if (rc == 0 && a.found[0].n)
		rc = refuse_name(c, a.found[0].v[0].value, here.machine, err);
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	if (rc == 0)
		rc = etcd_lease_grant(c->etcd, seen_ttl_s(c), &lease, err);
	if (rc < 0)
		return rc;
	etcd_txn_open(&t);
	etcd_put(&t, ETCD_THEN, key, facts_format(&here, value), lease);
	rc = cluster_ask(c, &t, &a, NULL, err);
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	if (rc == 0)
		rc = cluster_lock(c, err);
	if (rc == 0)
		c->state.registered_s = time(NULL);
	return rc;
}

int cluster_meet(struct cluster *c, struct err *err)
{
	int64_t since_s;
	int rc = c->state.cluster ? 0 : first_meeting(c, err);

	if (rc < 0)
		return rc;
	since_s = time(NULL) - c->state.registered_s;
	/* A quarter of the time: one failure or two do not count. A clock may be set back. */
	if (since_s < 0 || since_s > seen_ttl_s(c) / 4)
		rc = register_node(c, err);
	return rc;
}

/* ---- after a restoration ------------------------------------------------------------------- */

int cluster_heal(struct cluster *c, struct err *err)
{
	struct ips blocks = { 0 };
	uint64_t cluster;
	char epoch[64];
	int rc;

	/* What is asked here is not to be taken for another restoration. */
	c->is_restored = false;
	rc = find_epoch(c, true, epoch, &cluster, err);
	for (size_t i = 0; rc == 0 && i < c->state.blocks.count; i++) {
		rc = say_block(c, &c->state.blocks.v[i], err);
		if (rc == 0)
			ips_append(&blocks, &c->state.blocks.v[i]);
		rc = rc > 0 ? 0 : rc;
	}
	if (rc == 0)
		rc = say_all(c, err);
	if (rc == 0)
		rc = confirm(c, c->conf.node, epoch, err);
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

int store_etcd_confirm(struct store *s, const char *node, struct err *err)
{
	struct cluster *c = cluster_of(s);
	uint64_t cluster;
	char epoch[64];
	int rc = read_epoch(c, epoch, &cluster, err);

	return rc < 0 ? rc : confirm(c, node, epoch, err);
}
