// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/store_etcd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "pkg/base/mem.h"
#include "pkg/ipam/cluster.h"
#include "pkg/ipam/store_dir.h"

/* ---- lists --------------------------------------------------------------------------------- */

bool ips_have(const struct ips *l, const struct ip *ip)
{
	for (size_t i = 0; i < l->count; i++)
		if (ip_cmp(&l->v[i], ip) == 0)
			return true;
	return false;
}

void ips_drop(struct ips *l, const struct ip *ip)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++)
		if (ip_cmp(&l->v[i], ip) != 0)
			l->v[kept++] = l->v[i];
	l->count = kept;
}

/* ---- the book and the engine --------------------------------------------------------------- */

int cluster_lock(struct cluster *c, struct err *err)
{
	int rc;

	if (c->book)
		return 0;
	rc = store_dir_open(c->conf.data_dir, c->network, true, &c->book, err);
	if (rc < 0)
		return rc;
	c->book->terms = c->store.terms;
	cluster_state_free(&c->state);
	cluster_state_read(&c->dir, &c->state);
	return 0;
}

void cluster_unlock(struct cluster *c)
{
	if (!c->book)
		return;
	if (c->state.cluster)
		cluster_state_write(&c->dir, &c->state);
	c->book->ops->close(c->book);
	c->book = NULL;
}

/* Of several commands at a time the last one's stays, which may be a little lower: that is safe. */
static void keep_revision(struct cluster *c, int64_t revision)
{
	int fd = openat(c->dir.fd, "revision", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	char text[24];
	int len = snprintf(text, sizeof(text), "%020" PRId64 "\n", revision);

	c->revision = revision;
	if (fd < 0)
		return;
	if (pwrite(fd, text, (size_t)len, 0) != len)
		c->revision = 0;
	close(fd);
}

static void read_revision(struct cluster *c)
{
	int fd = openat(c->dir.fd, "revision", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[24] = "";

	if (fd < 0)
		return;
	if (pread(fd, text, sizeof(text) - 1, 0) > 0)
		c->revision = strtoll(text, NULL, 10);
	close(fd);
}

static void note_engine(struct cluster *c, const struct etcd_answer *a)
{
	if (c->state.cluster && (a->cluster != c->state.cluster || a->revision < c->revision))
		c->is_restored = true;
	else if (a->revision > c->revision)
		keep_revision(c, a->revision);
}

int cluster_ask(struct cluster *c, struct etcd_txn *t, struct etcd_answer *a, bool *is_sent,
		struct err *err)
{
	int rc;

	cluster_unlock(c);
	rc = etcd_commit(c->etcd, t, a, is_sent, err);
	if (rc == 0)
		note_engine(c, a);
	return rc;
}

int cluster_each(struct cluster *c, const char *prefix, int (*fn)(struct etcd_kv *kv, void *ctx),
		 void *ctx, struct err *err)
{
	char from[KEY_MAX + 2], last[KEY_MAX];
	bool is_more = true;
	int rc = 0;

	snprintf(from, sizeof(from), "%s", prefix);
	snprintf(last, sizeof(last), "%s\x7e", prefix); /* behind all that our keys are made of */
	while (rc == 0 && is_more) {
		struct etcd_answer a;
		struct etcd_txn t;

		etcd_txn_open(&t);
		etcd_get_between(&t, ETCD_THEN, from, last, CLUSTER_PAGE, ETCD_ALL);
		rc = cluster_ask(c, &t, &a, NULL, err);
		is_more = rc == 0 && a.n_found && a.found[0].n == CLUSTER_PAGE;
		if (is_more)
			snprintf(from, sizeof(from), "%s\x01", a.found[0].v[CLUSTER_PAGE - 1].key);
		for (size_t i = 0; rc == 0 && a.n_found && i < a.found[0].n; i++)
			rc = fn(&a.found[0].v[i], ctx);
		etcd_answer_free(&a);
		etcd_txn_close(&t);
	}
	return rc;
}

/* ---- reserving ----------------------------------------------------------------------------- */

static int reserve(struct store *s, const struct ip *ip, const struct owner *o, struct err *err)
{
	struct cluster *c = cluster_of(s);
	int rc = ips_have(&c->taken, ip) ? -EEXIST : cluster_lock(c, err);

	if (rc == 0 && strlen(o->container_id) > ID_MAX)
		return err_set(
			err, CNI_ERR_ENV, -EINVAL,
			"CNI_CONTAINERID: longer than the %d bytes that fit into a key of etcd",
			ID_MAX);
	if (rc == 0)
		rc = c->book->ops->reserve(c->book, ip, o, err);
	if (rc == 0)
		ips_append(&c->wanted, ip);
	return rc;
}

static int cancel(struct store *s, const struct ip *ip, struct err *err)
{
	struct cluster *c = cluster_of(s);
	int rc = cluster_lock(c, err);

	ips_drop(&c->wanted, ip);
	return rc < 0 ? rc : c->book->ops->cancel(c->book, ip, err);
}

static void cancel_all(struct cluster *c)
{
	while (c->wanted.count && cancel(&c->store, &c->wanted.v[c->wanted.count - 1], NULL) == 0)
		;
	c->wanted.count = 0;
}

static void build(struct cluster *c, const struct owner *o, const char *text, struct etcd_txn *t)
{
	static const struct facts unknown = { .nsid = -1 };
	const struct facts *f = c->store.terms.facts ? c->store.terms.facts : &unknown;
	char owner_key[KEY_MAX], key[KEY_MAX], value[VALUE_MAX];

	value_format(f, time(NULL), value);
	etcd_if_none_under(t, key_of_owner(&c->keys, o, NULL, owner_key));
	etcd_get_under(t, ETCD_ELSE, owner_key, 0, ETCD_KEYS);
	for (size_t i = 0; i < c->wanted.count; i++) {
		const struct ip *ip = &c->wanted.v[i];

		etcd_if_absent(t, key_of_ip(&c->keys, "address", ip, key));
		etcd_get(t, ETCD_ELSE, key);
		etcd_put(t, ETCD_THEN, key, text, 0);
		etcd_put(t, ETCD_THEN, key_of_owner(&c->keys, o, ip, owner_key), value, 0);
		etcd_delete(t, ETCD_THEN, key_of_ip(&c->keys, "rest", ip, key));
		if (facts_have_pod(f) && f->is_sticky)
			etcd_delete(t, ETCD_THEN, key_of_pod(&c->keys, f, o->ifname, ip, key));
	}
}

/* Sent twice, since no answer came at first: what is in the way is this very transaction. */
static bool is_done_already(const struct cluster *c, const struct etcd_answer *a, const char *text)
{
	if (a->n_found != 1 + c->wanted.count || a->found[0].n != c->wanted.count)
		return false;
	for (size_t i = 1; i < a->n_found; i++)
		if (a->found[i].n != 1 || strcmp(a->found[i].v[0].value, text) != 0)
			return false;
	return true;
}

/* What is in the way is noted, or taken away if it is a dead one's. 1: try again. */
static int learn(struct cluster *c, const struct etcd_answer *a, struct err *err)
{
	struct ips wanted = c->wanted;
	int rc = 0;

	c->wanted = (struct ips){ 0 };
	for (size_t i = 0; rc >= 0 && i < wanted.count; i++) {
		const struct ip *ip = &wanted.v[i];
		const struct etcd_found *found = &a->found[1 + i];

		rc = cluster_lock(c, err);
		if (rc == 0)
			rc = c->book->ops->cancel(c->book, ip, err);
		if (rc < 0 || !found->n)
			continue;
		ips_append(&c->taken, ip);
		if (!ips_have(&c->state.foreign, ip))
			ips_append(&c->state.foreign, ip);
		rc = cluster_bury(c, found->v[0].value, ip, err);
		if (rc > 0) {
			ips_drop(&c->taken, ip);
			rc = cluster_lock(c, err);
			ips_drop(&c->state.foreign, ip);
		}
	}
	ips_free(&wanted);
	return rc < 0 ? rc : 1;
}

static int refuse_second(struct cluster *c, const struct owner *o, const char *key, struct err *err)
{
	char text[IP_STR_MAX] = "an address";
	struct ip ip;

	cancel_all(c);
	if (key_ip(key, &ip))
		ip_format(&ip, text);
	return err_set(err, CNI_ERR_DUPLICATE, -EALREADY,
		       "ipam: %s of container %s already holds %s", o->ifname, o->container_id,
		       text);
}

static int commit(struct store *s, const struct owner *o, struct err *err)
{
	struct cluster *c = cluster_of(s);
	struct etcd_answer a = { 0 };
	struct etcd_txn t;
	char text[KEY_MAX];
	bool is_sent = false;
	int rc;

	snprintf(text, sizeof(text), "%.255s/%.512s/%.15s", c->conf.node, o->container_id,
		 o->ifname);
	etcd_txn_open(&t);
	build(c, o, text, &t);
	rc = cluster_ask(c, &t, &a, &is_sent, err);
	if (rc < 0) {
		/* It may be done all the same: whoever asks next must undo it. */
		if (is_sent)
			cluster_pending_add(&c->dir, o, NULL);
		cancel_all(c);
	} else if (!a.is_then && !is_done_already(c, &a, text)) {
		rc = a.found[0].n ? refuse_second(c, o, a.found[0].v[0].key, err) :
				    learn(c, &a, err);
	}
	if (rc == 0)
		c->wanted.count = 0;
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc;
}

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

/* ---- giving back, opening and closing ------------------------------------------------------- */

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

	cancel_all(c);
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
	struct etcd_answer a;
	struct etcd_txn t;
	char key[KEY_MAX];
	int rc;

	etcd_txn_open(&t);
	etcd_get(&t, ETCD_THEN, key_of(&c->keys, "epoch", NULL, key));
	rc = cluster_ask(c, &t, &a, NULL, err);
	etcd_answer_free(&a);
	etcd_txn_close(&t);
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
		read_revision(c);
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
