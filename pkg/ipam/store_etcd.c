// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/store_etcd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/mem.h"
#include "pkg/ipam/cluster.h"

/* ---- looking ------------------------------------------------------------------------------- */

static int next_free(struct store *s, const struct ip *first, const struct ip *last, struct ip *ip,
		     struct err *err)
{
	return cluster_next_free(cluster_of(s), first, last, ip, err);
}

static int reclaim(struct store *s, const struct ip *first, const struct ip *last, struct err *err)
{
	return cluster_reclaim(cluster_of(s), first, last, err);
}

struct look {
	int (*fn)(const struct ip *ip, void *ctx);
	void *ctx;
};

static int look_at(struct etcd_kv *kv, void *ctx)
{
	const struct look *look = ctx;
	struct ip ip;

	return key_ip(kv->key, &ip) ? look->fn(&ip, look->ctx) : 0;
}

static int held(struct store *s, const struct owner *o, int (*fn)(const struct ip *ip, void *ctx),
		void *ctx, struct err *err)
{
	struct look look = { fn, ctx };
	struct cluster *c = cluster_of(s);
	char prefix[KEY_MAX];
	int rc;

	if (!c->is_adding)
		return cluster_each(c, key_of_owner(&c->keys, o, NULL, prefix), look_at, &look,
				    err);
	/* ADD comes here first. */
	cluster_replay(c);
	rc = cluster_meet(c, err);
	if (rc == 0)
		rc = cluster_lock(c, err);
	return rc < 0 ? rc : c->book->ops->held(c->book, o, fn, ctx, err);
}

static int remembered(struct store *s, const char *ifname,
		      int (*fn)(const struct ip *ip, void *ctx), void *ctx, struct err *err)
{
	const struct facts *f = s->terms.facts;
	struct look look = { fn, ctx };
	struct cluster *c = cluster_of(s);
	char prefix[KEY_MAX];

	if (!f || !facts_have_pod(f))
		return 0;
	return cluster_each(c, key_of_pod(&c->keys, f, ifname, NULL, prefix), look_at, &look, err);
}

static void last_get(struct store *s, size_t set, struct ip *ip)
{
	struct cluster *c = cluster_of(s);

	*ip = (struct ip){ 0 };
	if (cluster_lock(c, NULL) == 0)
		c->book->ops->last_get(c->book, set, ip);
}

static int last_set(struct store *s, size_t set, const struct ip *ip, struct err *err)
{
	struct cluster *c = cluster_of(s);
	int rc = cluster_lock(c, err);

	return rc < 0 ? rc : c->book->ops->last_set(c->book, set, ip, err);
}

/* ---- the other operations ------------------------------------------------------------------ */

static int reserve(struct store *s, const struct ip *ip, const struct owner *o, struct err *err)
{
	return cluster_reserve(cluster_of(s), ip, o, err);
}

static int cancel(struct store *s, const struct ip *ip, struct err *err)
{
	return cluster_cancel(cluster_of(s), ip, err);
}

static int commit(struct store *s, const struct owner *o, struct err *err)
{
	return cluster_commit(cluster_of(s), o, err);
}

static int release(struct store *s, const struct owner *o, size_t *released, struct err *err)
{
	return cluster_release(cluster_of(s), o, released, err);
}

static int retain(struct store *s, const struct owner *valid, size_t n_valid, size_t *released,
		  struct err *err)
{
	return cluster_retain(cluster_of(s), valid, n_valid, released, err);
}

static void close_store(struct store *s)
{
	struct cluster *c = cluster_of(s);

	cluster_cancel_all(c);
	if (c->is_restored)
		cluster_heal(c, NULL);
	if (c->etcd && c->state.cluster &&
	    (c->state.endpoint != etcd_endpoint(c->etcd) ||
	     strcmp(c->state.token, etcd_token(c->etcd)) != 0) &&
	    cluster_lock(c, NULL) == 0) {
		c->state.endpoint = etcd_endpoint(c->etcd);
		snprintf(c->state.token, sizeof(c->state.token), "%s", etcd_token(c->etcd));
	}
	cluster_unlock(c);
	etcd_close(c->etcd);
	cluster_state_free(&c->state);
	cluster_dir_close(&c->dir);
	ips_free(&c->wanted);
	ips_free(&c->taken);
	ips_free(&c->spare);
	free(c);
}

/* The engine answers, and this node is known to it. */
static int ready(struct store *s, struct err *err)
{
	struct cluster *c = cluster_of(s);
	uint64_t cluster;
	char epoch[64];
	int rc = cluster_epoch_read(c, epoch, &cluster, err);

	if (rc == 0)
		rc = cluster_meet(c, err);
	if (rc == 0 && c->is_restored)
		rc = cluster_heal(c, err);
	if (rc == 0)
		cluster_replay(c);
	return rc;
}

static const struct store_ops etcd_ops = {
	.ready = ready,
	.reserve = reserve,
	.cancel = cancel,
	.commit = commit,
	.next_free = next_free,
	.reclaim = reclaim,
	.release = release,
	.held = held,
	.remembered = remembered,
	.retain = retain,
	.last_get = last_get,
	.last_set = last_set,
	.close = close_store,
};

int store_etcd_open(const struct cluster_conf *conf, const char *network, bool adding,
		    struct store **out, struct err *err)
{
	struct cluster *c = mem_new(1, sizeof(*c));
	int rc = cluster_dir_open(&c->dir, conf->data_dir, network, err);

	c->store.ops = &etcd_ops;
	c->conf = *conf;
	c->network = network;
	c->is_adding = adding;
	c->keys.node = conf->node;
	snprintf(c->keys.base, sizeof(c->keys.base), "%.255s/1/%.255s/", conf->prefix, network);
	*out = NULL;
	if (rc == 0) {
		cluster_state_read(&c->dir, &c->state);
		cluster_read_revision(c);
		c->conf.etcd.first = c->state.endpoint;
		c->conf.etcd.token = c->state.token;
		rc = etcd_open(&c->conf.etcd, &c->etcd, err);
	}
	if (rc < 0)
		close_store(&c->store);
	else
		*out = &c->store;
	return rc;
}
