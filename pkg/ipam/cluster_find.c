// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where this node finds free addresses: in its blocks by its own book, asking nobody; then a block
 * that nobody has; then single addresses in the blocks of others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "pkg/ipam/cluster.h"

#define TRIES_MAX 64

static const struct ip *lower(const struct ip *a, const struct ip *b)
{
	return ip_cmp(a, b) < 0 ? a : b;
}

static const struct ip *higher(const struct ip *a, const struct ip *b)
{
	return ip_cmp(a, b) > 0 ? a : b;
}

/* ---- what is known ------------------------------------------------------------------------- */

bool cluster_is_others(const struct cluster *c, const struct ip *ip)
{
	return ips_have(&c->taken, ip) || ips_have(&c->state.foreign, ip);
}

/* The lowest of first … last that is free in the book and not known to be somebody else's. */
static int next_in(struct cluster *c, const struct ip *first, const struct ip *last, struct ip *ip,
		   struct err *err)
{
	struct ip from = *first;
	int rc;

	while (ip_cmp(&from, last) <= 0) {
		rc = c->book->ops->next_free(c->book, &from, last, ip, err);
		if (rc < 0 || !cluster_is_others(c, ip))
			return rc;
		from = *ip;
		if (!ip_next(&from))
			break;
	}
	return -ENOENT;
}

int cluster_next_free(struct cluster *c, const struct ip *first, const struct ip *last,
		      struct ip *ip, struct err *err)
{
	int rc = cluster_lock(c, err);

	if (rc < 0)
		return rc;
	rc = -ENOENT;
	for (size_t i = 0; rc == -ENOENT && i < c->state.blocks.count; i++) {
		const struct ip *start = &c->state.blocks.v[i];
		struct ip end = block_last(start);

		if (start->family == first->family && ip_cmp(&end, first) >= 0 &&
		    ip_cmp(start, last) <= 0)
			rc = next_in(c, higher(start, first), lower(&end, last), ip, err);
	}
	for (size_t i = 0; rc == -ENOENT && i < c->spare.count; i++)
		if (ip_cmp(&c->spare.v[i], first) >= 0 && ip_cmp(&c->spare.v[i], last) <= 0)
			rc = next_in(c, &c->spare.v[i], &c->spare.v[i], ip, err);
	return rc;
}

/* ---- a block of our own -------------------------------------------------------------------- */

struct ip cluster_anywhere(const struct ip *first, const struct ip *last)
{
	struct ip ip = *first, limit = *last;
	size_t n = ip_size(first), i = 0;
	uint8_t random[16];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return *first;
	while (i < n && first->bytes[i] == last->bytes[i])
		i++;
	if (i == n)
		return *first;
	/* Up to the first digit that may differ, as they are; that one between both; then any. */
	ip.bytes[i] =
		(uint8_t)(first->bytes[i] + random[i] % (limit.bytes[i] - first->bytes[i] + 1));
	for (size_t k = i + 1; k < n; k++)
		ip.bytes[k] = random[k];
	return *higher(first, lower(&ip, last));
}

/*
 * Moves *block over those of which there are keys, which are ascending and begin at it or behind.
 * True: it stands before the last of them, or before the end; false: all of them were taken.
 */
static bool step_over(const struct etcd_found *found, struct ip *block, bool *is_end)
{
	for (size_t i = 0; i < found->n; i++) {
		struct ip taken;

		if (!key_ip(found->v[i].key, &taken))
			continue;
		if (ip_cmp(&taken, block) != 0)
			return true;
		*block = block_last(block);
		if (!ip_next(block)) {
			*is_end = true;
			return false;
		}
	}
	return found->n < CLUSTER_PAGE;
}

/* The lowest block of first … last that nobody has. -ENOENT: there is none. */
static int find_block(struct cluster *c, const struct ip *first, const struct ip *last,
		      struct ip *block, struct err *err)
{
	char low[KEY_MAX], high[KEY_MAX];
	bool is_found = false, is_end = false;
	int rc = 0;

	*block = block_first(first);
	while (rc == 0 && !is_found && !is_end && ip_cmp(block, last) <= 0) {
		struct etcd_answer a;
		struct etcd_txn t;

		etcd_txn_open(&t);
		etcd_get_between(&t, ETCD_THEN, key_of_ip(&c->keys, "block", block, low),
				 key_of_ip(&c->keys, "block", last, high), CLUSTER_PAGE, ETCD_KEYS);
		rc = cluster_ask(c, &t, &a, NULL, err);
		if (rc == 0)
			is_found = step_over(&a.found[0], block, &is_end);
		etcd_answer_free(&a);
		etcd_txn_close(&t);
	}
	if (rc == 0 && (is_end || ip_cmp(block, last) > 0))
		rc = -ENOENT;
	return rc;
}

static int by_ip(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static void note_others(struct cluster *c, const struct etcd_found *found)
{
	struct ip ip;

	for (size_t i = 0; i < found->n; i++)
		if (key_ip(found->v[i].key, &ip) && !ips_have(&c->state.foreign, &ip))
			ips_append(&c->state.foreign, &ip);
}

/* 1: it is ours; -EEXIST: somebody was faster. */
static int claim(struct cluster *c, const struct ip *block, struct err *err)
{
	char key[KEY_MAX], low[KEY_MAX], high[KEY_MAX];
	struct ip end = block_last(block);
	struct etcd_answer a;
	struct etcd_txn t;
	int rc;

	etcd_txn_open(&t);
	etcd_if_absent(&t, key_of_ip(&c->keys, "block", block, key));
	etcd_put(&t, ETCD_THEN, key, c->conf.node, 0);
	etcd_if_value(&t, key_of(&c->keys, "epoch", NULL, key), c->state.epoch);
	etcd_get_between(&t, ETCD_THEN, key_of_ip(&c->keys, "address", block, low),
			 key_of_ip(&c->keys, "address", &end, high), 0, ETCD_KEYS);
	etcd_get(&t, ETCD_ELSE, key);
	rc = cluster_ask(c, &t, &a, NULL, err);
	if (rc == 0 && !a.is_then) {
		rc = -EEXIST;
		if (!a.found[0].n || strcmp(a.found[0].v[0].value, c->state.epoch) != 0)
			c->is_restored = true;
	} else if (rc == 0) {
		rc = cluster_lock(c, err);
		if (rc == 0) {
			ips_append(&c->state.blocks, block);
			qsort(c->state.blocks.v, c->state.blocks.count, sizeof(*block), by_ip);
			note_others(c, &a.found[0]);
			rc = 1;
		}
	}
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc;
}

/* 1: there is one more; 0: there is none to be had. */
static int claim_some(struct cluster *c, const struct ip *first, const struct ip *last,
		      struct err *err)
{
	struct ip from = cluster_anywhere(first, last), block;
	int rc = -EEXIST;

	for (int i = 0; rc == -EEXIST && i < TRIES_MAX; i++) {
		rc = c->is_restored ? cluster_heal(c, err) : 0;
		if (rc == 0)
			rc = cluster_is_whole(c, err);
		if (rc == 0)
			rc = find_block(c, &from, last, &block, err);
		if (rc == -ENOENT)
			rc = find_block(c, first, last, &block, err);
		if (rc == 0)
			rc = claim(c, &block, err);
		from = cluster_anywhere(first, last);
	}
	return rc == -ENOENT || rc == -EEXIST ? 0 : rc;
}

/* ---- all of it ----------------------------------------------------------------------------- */

/* What others held in our blocks, and hold no more. */
static int forget_others(struct cluster *c, struct err *err)
{
	size_t before = c->state.foreign.count, n;
	struct ips left = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < before; i += n) {
		struct etcd_answer a;
		struct etcd_txn t;
		char key[KEY_MAX];

		etcd_txn_open(&t);
		for (n = 0; n < ETCD_TXN_OPS_MAX && i + n < before; n++)
			etcd_get(&t, ETCD_THEN,
				 key_of_ip(&c->keys, "address", &c->state.foreign.v[i + n], key));
		rc = cluster_ask(c, &t, &a, NULL, err);
		for (size_t k = 0; rc == 0 && k < a.n_found; k++)
			if (a.found[k].n)
				ips_append(&left, &c->state.foreign.v[i + k]);
		etcd_answer_free(&a);
		etcd_txn_close(&t);
	}
	if (rc == 0)
		rc = cluster_lock(c, err);
	if (rc == 0) {
		ips_free(&c->state.foreign);
		c->state.foreign = left;
		return (int)(before - left.count);
	}
	ips_free(&left);
	return rc;
}

int cluster_reclaim(struct cluster *c, const struct ip *first, const struct ip *last,
		    struct err *err)
{
	int rc = cluster_lock(c, err);

	if (rc == 0)
		rc = c->book->ops->reclaim(c->book, first, last, err);
	if (rc == 0 && c->state.foreign.count)
		rc = forget_others(c, err);
	if (rc == 0)
		rc = claim_some(c, first, last, err);
	if (rc == 0)
		rc = cluster_borrow(c, first, last, err);
	if (rc == 0 && c->conf.node_timeout_s) {
		rc = cluster_reclaim_dead(c, err);
		if (rc > 0)
			rc = forget_others(c, err);
		if (rc >= 0)
			rc = cluster_borrow(c, first, last, err);
	}
	return rc;
}
