// SPDX-License-Identifier: GPL-2.0-or-later
/* Reserving: in the book first, then all addresses of an attachment in the engine, at once. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "pkg/ipam/cluster.h"

int cluster_reserve(struct cluster *c, const struct ip *ip, const struct owner *o, struct err *err)
{
	int rc = ips_have(&c->taken, ip) ? -EEXIST : cluster_lock(c, err);

	if (rc == 0 && strlen(o->container_id) > ID_MAX)
		return err_set(
			err, CNI_ERR_ENV, -EINVAL,
			"CNI_CONTAINERID: %zu bytes, of which a cluster's book has room for %d",
			strlen(o->container_id), ID_MAX);
	if (rc == 0)
		rc = c->book->ops->reserve(c->book, ip, o, err);
	if (rc == 0)
		ips_append(&c->wanted, ip);
	return rc;
}

int cluster_cancel(struct cluster *c, const struct ip *ip, struct err *err)
{
	int rc = cluster_lock(c, err);

	ips_drop(&c->wanted, ip);
	return rc < 0 ? rc : c->book->ops->cancel(c->book, ip, err);
}

void cluster_cancel_all(struct cluster *c)
{
	while (c->wanted.count && cluster_cancel(c, &c->wanted.v[c->wanted.count - 1], NULL) == 0)
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

	cluster_cancel_all(c);
	if (key_ip(key, &ip))
		ip_format(&ip, text);
	return err_set(err, CNI_ERR_DUPLICATE, -EALREADY,
		       "ipam: %s of container %s already holds %s", o->ifname, o->container_id,
		       text);
}

int cluster_commit(struct cluster *c, const struct owner *o, struct err *err)
{
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
		cluster_cancel_all(c);
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
