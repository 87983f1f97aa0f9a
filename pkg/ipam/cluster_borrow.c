// SPDX-License-Identifier: GPL-2.0-or-later
/* Single addresses that are free in the blocks of others, for when no block is left. */
#include <errno.h>
#include <time.h>
#include "pkg/ipam/cluster.h"

#define SPARES 16 /* to look for, so that one of them is still free when it is asked for */

/* Some free ones between the keys found, which begin behind `from`; *from goes on behind them. */
static void note_spares(struct cluster *c, const struct etcd_found *found, const struct ip *last,
			struct ip *from)
{
	for (size_t i = 0; i <= found->n && c->spare.count < SPARES; i++) {
		struct ip taken = *last;
		bool is_key = i < found->n && key_ip(found->v[i].key, &taken);

		if (i == found->n && found->n == CLUSTER_PAGE)
			return;
		while (c->spare.count < SPARES && ip_cmp(from, &taken) <= 0 &&
		       (!is_key || ip_cmp(from, &taken) < 0)) {
			if (!cluster_is_others(c, from))
				ips_append(&c->spare, from);
			if (!ip_next(from))
				return;
		}
		if (is_key && !ip_next(from))
			return;
	}
}

static int find_spares(struct cluster *c, const struct ip *first, const struct ip *last,
		       struct err *err)
{
	char low[KEY_MAX], high[KEY_MAX];
	struct ip from = *first;
	bool is_end = false;
	int rc = 0;

	while (rc == 0 && !is_end && c->spare.count < SPARES && ip_cmp(&from, last) <= 0) {
		struct etcd_answer a;
		struct etcd_txn t;

		etcd_txn_open(&t);
		etcd_get_between(&t, ETCD_THEN, key_of_ip(&c->keys, "address", &from, low),
				 key_of_ip(&c->keys, "address", last, high), CLUSTER_PAGE,
				 ETCD_KEYS);
		rc = cluster_ask(c, &t, &a, NULL, err);
		if (rc == 0) {
			is_end = a.found[0].n < CLUSTER_PAGE;
			note_spares(c, &a.found[0], last, &from);
		}
		etcd_answer_free(&a);
		etcd_txn_close(&t);
	}
	return rc;
}

/* Whether there is room at all, by the number of keys: no address is looked at. */
static int is_full(struct cluster *c, const struct ip *first, const struct ip *last,
		   struct err *err)
{
	size_t n = ip_size(first);
	uint64_t room = 0, held = 0;
	char low[KEY_MAX], high[KEY_MAX];
	struct etcd_answer a;
	struct etcd_txn t;
	int rc;

	for (size_t i = 0; i < n && room < UINT32_MAX; i++)
		room = room * 256 + last->bytes[i] - first->bytes[i];
	etcd_txn_open(&t);
	etcd_get_between(&t, ETCD_THEN, key_of_ip(&c->keys, "address", first, low),
			 key_of_ip(&c->keys, "address", last, high), 0, ETCD_COUNT);
	rc = cluster_ask(c, &t, &a, NULL, err);
	if (rc == 0 && a.n_found)
		held = (uint64_t)a.found[0].count;
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc < 0 ? rc : held > room; /* room is one less than there are addresses */
}

/* Whether one that rests may be given to whoever comes, when nothing else is left. */
static bool has_rested(const struct cluster *c, const char *value)
{
	int64_t since_s, now = time(NULL);
	struct facts f;

	value_parse(value, &f, &since_s);
	return !f.is_rested || since_s > now || now - since_s >= c->store.terms.cooldown_s;
}

/* Those that rest are taken out; if that leaves none, those of them that have rested are back. */
static int leave_resting(struct cluster *c, struct err *err)
{
	struct ips awake = { 0 }, rested = { 0 };
	struct etcd_answer a;
	struct etcd_txn t;
	char key[KEY_MAX];
	int rc;

	etcd_txn_open(&t);
	for (size_t i = 0; i < c->spare.count; i++)
		etcd_get(&t, ETCD_THEN, key_of_ip(&c->keys, "rest", &c->spare.v[i], key));
	rc = c->spare.count ? cluster_ask(c, &t, &a, NULL, err) : -ENOENT;
	for (size_t i = 0; rc == 0 && i < a.n_found && i < c->spare.count; i++) {
		if (!a.found[i].n)
			ips_append(&awake, &c->spare.v[i]);
		else if (has_rested(c, a.found[i].v[0].value))
			ips_append(&rested, &c->spare.v[i]);
	}
	if (rc == 0) {
		ips_free(&c->spare);
		c->spare = awake.count ? awake : rested;
		ips_free(awake.count ? &rested : &awake);
	}
	if (rc != -ENOENT)
		etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc == -ENOENT ? 0 : rc;
}

int cluster_borrow(struct cluster *c, const struct ip *first, const struct ip *last,
		   struct err *err)
{
	struct ip from = cluster_anywhere(first, last);
	int rc = is_full(c, first, last, err);

	c->spare.count = 0;
	if (rc == 0)
		rc = find_spares(c, &from, last, err);
	if (rc == 0 && c->spare.count < SPARES)
		rc = find_spares(c, first, &from, err);
	if (rc == 0)
		rc = leave_resting(c, err);
	return rc < 0 ? rc : (int)c->spare.count;
}
