// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/alloc.h"

#include <errno.h>

#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"
#include "pkg/ipam/claim.h"

#define RANGES_STR_MAX 160 /* of a set's ranges in a message */

/* The first span that has something behind `after`, which is of that range. */
static size_t span_behind(const struct spans *l, size_t range, const struct ip *after)
{
	size_t i = 0;

	while (i < l->count && (l->v[i].range < range ||
				(l->v[i].range == range && ip_cmp(&l->v[i].last, after) <= 0)))
		i++;
	return i < l->count ? i : 0;
}

/* Of the store, or of no store: nothing is reserved. */
static int next_free(struct store *s, const struct ip *first, const struct ip *last, struct ip *ip,
		     struct err *err)
{
	*ip = *first;
	if (ip_cmp(first, last) > 0)
		return -ENOENT;
	return s ? s->ops->next_free(s, first, last, ip, err) : 0;
}

/*
 * The first free address behind `after`, through the spans in their order and round to `after`
 * itself; from the first one on if `after` is not of the set. -ENOENT: none is free.
 */
static int search(struct store *s, const struct range_set *set, const struct spans *l,
		  const struct ip *after, struct ip *ip, struct err *err)
{
	const struct range *current = range_set_find(set, after);
	size_t start = current ? span_behind(l, (size_t)(current - set->ranges), after) : 0;
	int rc = -ENOENT;

	for (size_t i = 0; i <= l->count && l->count && rc == -ENOENT; i++) {
		const struct span *span = &l->v[(start + i) % l->count];
		struct ip first = span->first, last = span->last;

		if (span_has(span, after)) {
			/* Behind it at first, up to it at last. */
			if (i == 0 && ip_cmp(after, &last) < 0) {
				first = *after;
				ip_next(&first);
			} else if (i == l->count) {
				last = *after;
			}
		}
		rc = next_free(s, &first, &last, ip, err);
	}
	return rc;
}

/* When nothing is free: what could be. */
static int set_next_free(struct store *s, const struct pool *pool, size_t set,
			 const struct ip *after, struct ip *ip, struct err *err)
{
	struct spans l;
	int rc, freed = 0;

	claim_spans(&l, pool, set);
	rc = search(s, &pool->sets[set], &l, after, ip, err);
	for (size_t i = 0; rc == -ENOENT && s && i < l.count && freed == 0; i++)
		freed = s->ops->reclaim(s, &l.v[i].first, &l.v[i].last, err);
	if (freed > 0)
		rc = search(s, &pool->sets[set], &l, after, ip, err);
	spans_free(&l);
	return freed < 0 ? freed : rc;
}

static int exhausted(const struct pool *pool, size_t set, int code, struct err *err)
{
	char ranges[RANGES_STR_MAX];

	return err_set(err, code, -ENOSPC, "ipam: no address is free in range set %zu (%s)", set,
		       range_set_format(&pool->sets[set], ranges, sizeof(ranges)));
}

/* An address of the set, in turn, reserved. */
static int reserve_next(struct store *s, const struct pool *pool, size_t set, const struct owner *o,
			struct ip *ip, struct err *err)
{
	struct ip after;
	int rc;

	s->ops->last_get(s, set, &after);
	do {
		rc = set_next_free(s, pool, set, &after, ip, err);
		if (rc == -ENOENT)
			return exhausted(pool, set, CNI_ERR_EXHAUSTED, err);
		if (rc < 0)
			return rc;
		rc = s->ops->reserve(s, ip, o, err);
	} while (rc == -EEXIST); /* somebody was faster; next_free() knows it now */
	return rc;
}

struct held {
	const struct pool *pool;
	struct ip *of_set; /* for each set one that the owner holds of it, or none */
};

static int note_held(const struct ip *ip, void *ctx)
{
	struct held *held = ctx;

	for (size_t set = 0; set < held->pool->n_sets; set++)
		if (range_set_find(&held->pool->sets[set], ip) ||
		    claim_is_reserved_of(held->pool, set, ip))
			held->of_set[set] = *ip;
	return 0;
}

static int find_held(struct store *s, const struct pool *pool, const struct owner *o,
		     struct ip *of_set, struct err *err)
{
	struct held held = { .pool = pool, .of_set = of_set };

	return s->ops->held(s, o, note_held, &held, err);
}

/*
 * After a reboot a runtime starts the containers that it had, under their ids: what the one of
 * before holds is proven dead, and free.
 */
static int refuse_duplicate(struct store *s, const struct pool *pool, const struct owner *o,
			    struct err *err)
{
	cleanup_free struct ip *held = mem_new(pool->n_sets, sizeof(*held));
	char text[IP_STR_MAX];
	int rc = find_held(s, pool, o, held, err);

	for (size_t set = 0; rc >= 0 && set < pool->n_sets; set++) {
		if (!ip_is_set(&held[set]))
			continue;
		rc = s->ops->reclaim(s, &held[set], &held[set], err);
		if (rc == 0)
			rc = err_set(err, CNI_ERR_DUPLICATE, -EEXIST,
				     "ipam: %s of container %s already holds %s", o->ifname,
				     o->container_id, ip_format(&held[set], text));
	}
	return rc < 0 ? rc : 0;
}

/* An address may be of a subnet and outside its range: reserved ones. */
static struct lease lease_of(const struct range_set *set, const struct ip *ip)
{
	const struct range *r = range_set_find(set, ip);

	for (size_t i = 0; !r; i++)
		if (prefix_contains(&set->ranges[i].subnet, ip))
			r = &set->ranges[i];
	return (struct lease){
		.address = { .ip = *ip, .len = r->subnet.len },
		.gateway = r->gateway,
	};
}

/* One address of one set. The cursor is moved last: without it nothing is lost. */
static int take(struct store *s, const struct pool *pool, size_t set, const struct ip *wanted,
		const struct owner *o, struct lease *lease, struct err *err)
{
	struct ip ip;
	int rc = -ENOENT;

	if (wanted) {
		ip = *wanted;
		rc = claim_requested(s, &ip, o, err);
	} else {
		rc = claim_reserved(s, pool, set, o, &ip, err);
		if (rc == -ENOENT && pool->is_sticky)
			rc = claim_remembered(s, pool, set, o, &ip, err);
		if (rc == 0) {
			*lease = lease_of(&pool->sets[set], &ip);
			return 0; /* out of turn */
		}
		if (rc == -ENOENT)
			rc = reserve_next(s, pool, set, o, &ip, err);
	}
	if (rc < 0)
		return rc;
	rc = s->ops->last_set(s, set, &ip, err);
	if (rc < 0)
		s->ops->cancel(s, &ip, NULL);
	else
		*lease = lease_of(&pool->sets[set], &ip);
	return rc;
}

static int take_all(struct store *s, const struct pool *pool, const struct ip *const *wanted,
		    const struct owner *o, struct lease *leases, struct err *err)
{
	size_t done = 0;
	int rc = 0;

	while (rc == 0 && done < pool->n_sets) {
		rc = take(s, pool, done, wanted[done], o, &leases[done], err);
		if (rc == 0)
			done++;
	}
	while (rc < 0 && done > 0)
		s->ops->cancel(s, &leases[--done].address.ip, NULL);
	return rc;
}

int alloc_add(struct store *s, const struct pool *pool, const struct owner *o, struct lease *leases,
	      struct err *err)
{
	cleanup_free const struct ip **wanted = mem_new(pool->n_sets, sizeof(*wanted));
	int rc = refuse_duplicate(s, pool, o, err);

	if (rc == 0)
		rc = claim_assign(pool, s->terms.facts, wanted, err);
	if (rc < 0)
		return rc;
	do {
		rc = take_all(s, pool, wanted, o, leases, err);
		if (rc == 0 && s->ops->commit)
			rc = s->ops->commit(s, o, err);
	} while (rc > 0);
	return rc;
}

static bool is_chosen(const struct pool *pool, size_t set, const struct ip *ip)
{
	for (size_t i = 0; i < pool->n_requested; i++)
		if (ip_cmp(&pool->requested[i], ip) == 0)
			return true;
	return claim_is_reserved_of(pool, set, ip);
}

int alloc_replace(struct store *s, const struct pool *pool, size_t set, const struct owner *o,
		  const char *in_use_by, struct lease *lease, struct err *err)
{
	bool no_other_will_do = is_chosen(pool, set, &lease->address.ip);
	int rc = 0;

	if (s->ops->quarantine)
		rc = s->ops->quarantine(s, &lease->address.ip, in_use_by, err);
	else if (!no_other_will_do)
		rc = s->ops->cancel(s, &lease->address.ip, err);

	if (rc == 0 && no_other_will_do)
		return -EADDRNOTAVAIL;
	return rc < 0 ? rc : take(s, pool, set, NULL, o, lease, err);
}

int alloc_check(struct store *s, const struct pool *pool, const struct owner *o, struct err *err)
{
	cleanup_free struct ip *held = mem_new(pool->n_sets, sizeof(*held));
	int rc = find_held(s, pool, o, held, err);
	char ranges[RANGES_STR_MAX];

	for (size_t set = 0; rc == 0 && set < pool->n_sets; set++) {
		if (ip_is_set(&held[set]))
			continue;
		range_set_format(&pool->sets[set], ranges, sizeof(ranges));
		rc = err_set(err, CNI_ERR_CHANGED, -ENOENT,
			     "ipam: %s of container %s holds no address of range set %zu (%s)",
			     o->ifname, o->container_id, set, ranges);
	}
	return rc;
}

int alloc_status(struct store *s, const struct pool *pool, struct err *err)
{
	const struct ip from_start = { 0 };
	struct ip ip;
	int rc = 0;

	for (size_t set = 0; rc == 0 && set < pool->n_sets; set++) {
		rc = set_next_free(s, pool, set, &from_start, &ip, err);
		if (rc == -ENOENT)
			rc = exhausted(pool, set, CNI_ERR_UNAVAILABLE, err);
	}
	return rc;
}
