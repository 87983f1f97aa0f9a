// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing what the engine and the book say, and bringing over what others kept. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "pkg/ipam/cluster.h"
#include "pkg/ipam/store_dir.h"

/* ---- the dead of this node ------------------------------------------------------------------ */

int store_etcd_bury(struct store *s, size_t *freed, struct err *err)
{
	struct cluster *c = cluster_of(s);
	struct gone_list l = { 0 };
	char prefix[KEY_MAX];
	size_t in_book;
	int rc;

	*freed = 0;
	rc = cluster_each(c, key_of_owner(&c->keys, NULL, NULL, prefix), cluster_note_gone, &l,
			  err);
	for (size_t i = 0; rc >= 0 && i < l.n; i++) {
		rc = cluster_bury(c, key_owner_part(&c->keys, l.v[i].owner_key), &l.v[i].ip, err);
		*freed += rc > 0;
	}
	cluster_forget_gone(&l);
	if (rc >= 0)
		rc = cluster_lock(c, err);
	return rc < 0 ? rc : store_dir_reclaim(c->book, &in_book, err);
}

/* ---- comparing ------------------------------------------------------------------------------ */

struct line {
	struct ip ip;
	char *owner; /* "NODE/CONTAINER/IFNAME" */
};

struct lines {
	struct cluster *c;
	struct line *v;
	size_t n;
};

static void add_line(struct lines *l, const struct ip *ip, const char *owner, size_t len)
{
	l->v = mem_resize(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n].ip = *ip;
	l->v[l->n].owner = mem_new(len + 1, 1);
	memcpy(l->v[l->n++].owner, owner, len);
}

static int note_address(struct etcd_kv *kv, void *ctx)
{
	struct ip ip;

	if (key_ip(kv->key, &ip))
		add_line(ctx, &ip, kv->value, strlen(kv->value));
	return 0;
}

static int note_owner(struct etcd_kv *kv, void *ctx)
{
	struct lines *l = ctx;
	const char *owner = key_owner_part(&l->c->keys, kv->key);
	struct ip ip;

	if (key_ip(kv->key, &ip))
		add_line(l, &ip, owner, (size_t)(strrchr(owner, '/') - owner));
	return 0;
}

static int note_book(const struct reservation *r, void *ctx)
{
	struct lines *l = ctx;
	char owner[KEY_MAX];

	if (r->is_resting || r->is_foreign)
		return 0;
	snprintf(owner, sizeof(owner), "%.255s/%.512s/%.15s", l->c->conf.node,
		 r->owner->container_id, r->owner->ifname);
	add_line(l, &r->ip, owner, strlen(owner));
	return 0;
}

static int by_line(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = ip_cmp(&x->ip, &y->ip);

	return order ? order : strcmp(x->owner, y->owner);
}

static void forget_lines(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].owner);
	free(l->v);
}

struct telling {
	int (*fn)(const char *what, void *ctx);
	void *ctx;
	size_t n;
};

/* Each line of one that is not in the other; of_node: those of that node alone. */
static void tell_missing(const struct lines *in, const struct lines *from, const char *of_node,
			 const char *sentence, struct telling *t)
{
	size_t len = of_node ? strlen(of_node) : 0;
	char what[KEY_MAX + 128], ip[IP_STR_MAX];

	for (size_t i = 0; i < in->n; i++) {
		const struct line *line = &in->v[i];

		if ((of_node &&
		     (strncmp(line->owner, of_node, len) != 0 || line->owner[len] != '/')) ||
		    (from->n && bsearch(line, from->v, from->n, sizeof(*line), by_line)))
			continue;
		snprintf(what, sizeof(what), "%s of %s: %s", ip_format(&line->ip, ip), line->owner,
			 sentence);
		t->fn(what, t->ctx);
		t->n++;
	}
}

int store_etcd_compare(struct store *s, int (*fn)(const char *what, void *ctx), void *ctx,
		       size_t *differ, struct err *err)
{
	struct cluster *c = cluster_of(s);
	struct lines addresses = { .c = c }, owners = { .c = c }, book = { .c = c };
	struct lines *all[] = { &addresses, &owners, &book };
	struct telling t = { fn, ctx, 0 };
	char prefix[KEY_MAX];
	int rc = cluster_each(c, key_of(&c->keys, "address", "", prefix), note_address, &addresses,
			      err);

	if (rc == 0)
		rc = cluster_each(c, key_of(&c->keys, "owner", "", prefix), note_owner, &owners,
				  err);
	if (rc == 0)
		rc = cluster_lock(c, err);
	if (rc == 0)
		rc = store_dir_each(c->book, note_book, &book, err);
	for (size_t i = 0; i < 3; i++)
		if (all[i]->n)
			qsort(all[i]->v, all[i]->n, sizeof(*all[i]->v), by_line);
	if (rc == 0) {
		tell_missing(&addresses, &owners, NULL, "etcd has the address, not the owner", &t);
		tell_missing(&owners, &addresses, NULL, "etcd has the owner, not the address", &t);
		tell_missing(&owners, &book, c->conf.node, "in etcd, not in this node's book", &t);
		tell_missing(&book, &owners, c->conf.node, "in this node's book, not in etcd", &t);
	}
	*differ = t.n;
	for (size_t i = 0; i < 3; i++)
		forget_lines(all[i]);
	return rc;
}

/* ---- bringing over -------------------------------------------------------------------------- */

static int book_it(struct cluster *c, const struct cluster_record *r, struct err *err)
{
	int rc = cluster_lock(c, err);

	if (rc < 0)
		return rc;
	c->book->terms.facts = &r->facts;
	rc = c->book->ops->reserve(c->book, &r->ip, &r->owner, err);
	c->book->terms.facts = NULL;
	return rc == -EEXIST ? 0 : rc;
}

int store_etcd_import(struct store *s, const struct cluster_record *r, struct err *err)
{
	struct cluster *c = cluster_of(s);
	struct keys its = c->keys;
	char key[KEY_MAX], owner_key[KEY_MAX], text[KEY_MAX], value[VALUE_MAX];
	struct etcd_answer a;
	struct etcd_txn t;
	int rc = cluster_meet(c, err);

	if (r->node[0])
		its.node = r->node;
	snprintf(text, sizeof(text), "%.255s/%.512s/%.15s", its.node, r->owner.container_id,
		 r->owner.ifname);
	etcd_txn_open(&t);
	etcd_if_absent(&t, key_of_ip(&its, "address", &r->ip, key));
	etcd_put(&t, ETCD_THEN, key, text, 0);
	etcd_put(&t, ETCD_THEN, key_of_owner(&its, &r->owner, &r->ip, owner_key),
		 value_format(&r->facts, r->since_s ?: time(NULL), value), 0);
	etcd_get(&t, ETCD_ELSE, key);
	if (rc == 0) {
		rc = cluster_ask(c, &t, &a, NULL, err);
		if (rc == 0)
			rc = a.is_then						      ? 1 :
			     a.found[0].n && strcmp(a.found[0].v[0].value, text) == 0 ? 0 :
											-EEXIST;
		etcd_answer_free(&a);
	}
	etcd_txn_close(&t);
	if (rc >= 0 && strcmp(its.node, c->conf.node) == 0 && book_it(c, r, err) < 0)
		return -EIO;
	return rc;
}
