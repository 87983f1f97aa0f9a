// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/alloc.h"

#include <errno.h>

#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"

#define RANGES_STR_MAX 160 /* of a set's ranges in a message */

/* next_free() of the store, or of no store: nothing is reserved. The gateway is never free. */
static int range_next_free(struct store *s, const struct range *r, const struct ip *first,
			   const struct ip *last, struct ip *ip, struct err *err)
{
	struct ip from = *first;
	int rc;

	for (;;) {
		if (ip_cmp(&from, last) > 0)
			return -ENOENT;
		*ip = from;
		rc = s ? s->ops->next_free(s, &from, last, ip, err) : 0;
		if (rc < 0 || ip_cmp(ip, &r->gateway) != 0)
			return rc;
		from = *ip;
		if (!ip_next(&from))
			return -ENOENT;
	}
}

/*
 * The first free address behind `after`, through the ranges in their order and round to `after`
 * itself; from the first range's start if `after` is not of the set. -ENOENT: none is free.
 */
static int set_next_free(struct store *s, const struct range_set *set, const struct ip *after,
			 struct ip *ip, struct err *err)
{
	const struct range *current = range_set_find(set, after);
	size_t start = current ? (size_t)(current - set->ranges) : 0;
	struct ip from = *after;
	int rc;

	if (current && ip_next(&from)) {
		rc = range_next_free(s, current, &from, &current->end, ip, err);
		if (rc != -ENOENT)
			return rc;
	}
	for (size_t i = current ? 1 : 0; i < set->count; i++) {
		const struct range *r = &set->ranges[(start + i) % set->count];

		rc = range_next_free(s, r, &r->start, &r->end, ip, err);
		if (rc != -ENOENT)
			return rc;
	}
	return current ? range_next_free(s, current, &current->start, after, ip, err) : -ENOENT;
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
		rc = set_next_free(s, &pool->sets[set], &after, ip, err);
		if (rc == -ENOENT)
			return exhausted(pool, set, CNI_ERR_EXHAUSTED, err);
		if (rc < 0)
			return rc;
		rc = s->ops->reserve(s, ip, o, err);
	} while (rc == -EEXIST); /* somebody was faster; next_free() knows it now */
	return rc;
}

static int reserve_requested(struct store *s, const struct ip *ip, const struct owner *o,
			     struct err *err)
{
	char text[IP_STR_MAX];
	int rc = s->ops->reserve(s, ip, o, err);

	if (rc == -EEXIST)
		return err_set(err, CNI_ERR_ADDRESS, rc, "ipam: requested address %s is taken",
			       ip_format(ip, text));
	return rc;
}

static bool is_requested_before(const struct pool *pool, size_t idx)
{
	for (size_t i = 0; i < idx; i++)
		if (ip_cmp(&pool->requested[i], &pool->requested[idx]) == 0)
			return true;
	return false;
}

/* Hands a requested address to the first set that has it and got none yet. */
static int assign(const struct pool *pool, size_t idx, const struct ip **wanted, struct err *err)
{
	const char *reason = "is in no range set";
	const struct ip *ip = &pool->requested[idx];
	char text[IP_STR_MAX];

	for (size_t set = 0; set < pool->n_sets; set++) {
		const struct range *r = range_set_find(&pool->sets[set], ip);

		if (!r)
			continue;
		if (ip_cmp(ip, &r->gateway) == 0) {
			reason = "is its range's gateway";
		} else if (wanted[set]) {
			reason = "is a second one of its range set, which gives one";
		} else {
			wanted[set] = ip;
			return 0;
		}
	}
	return err_set(err, CNI_ERR_ADDRESS, -EADDRNOTAVAIL, "ipam: requested address %s %s",
		       ip_format(ip, text), reason);
}

struct held {
	const struct pool *pool;
	struct ip *of_set; /* for each set one that the owner holds of it, or none */
};

static int note_held(const struct ip *ip, void *ctx)
{
	struct held *held = ctx;

	for (size_t set = 0; set < held->pool->n_sets; set++)
		if (range_set_find(&held->pool->sets[set], ip))
			held->of_set[set] = *ip;
	return 0;
}

static int find_held(struct store *s, const struct pool *pool, const struct owner *o,
		     struct ip *of_set, struct err *err)
{
	struct held held = { .pool = pool, .of_set = of_set };

	return s->ops->held(s, o, note_held, &held, err);
}

static int refuse_duplicate(struct store *s, const struct pool *pool, const struct owner *o,
			    struct err *err)
{
	cleanup_free struct ip *held = mem_new(pool->n_sets, sizeof(*held));
	char text[IP_STR_MAX];
	int rc = find_held(s, pool, o, held, err);

	for (size_t set = 0; rc == 0 && set < pool->n_sets; set++)
		if (ip_is_set(&held[set]))
			rc = err_set(err, CNI_ERR_DUPLICATE, -EEXIST,
				     "ipam: %s of container %s already holds %s", o->ifname,
				     o->container_id, ip_format(&held[set], text));
	return rc;
}

static struct lease lease_of(const struct range_set *set, const struct ip *ip)
{
	const struct range *r = range_set_find(set, ip);

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
	int rc;

	if (wanted) {
		ip = *wanted;
		rc = reserve_requested(s, &ip, o, err);
	} else {
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

int alloc_add(struct store *s, const struct pool *pool, const struct owner *o, struct lease *leases,
	      struct err *err)
{
	cleanup_free const struct ip **wanted = mem_new(pool->n_sets, sizeof(*wanted));
	int rc = refuse_duplicate(s, pool, o, err);
	size_t done = 0;

	for (size_t i = 0; rc == 0 && i < pool->n_requested; i++)
		if (!is_requested_before(pool, i))
			rc = assign(pool, i, wanted, err);
	while (rc == 0 && done < pool->n_sets) {
		rc = take(s, pool, done, wanted[done], o, &leases[done], err);
		if (rc == 0)
			done++;
	}
	while (rc < 0 && done > 0)
		s->ops->cancel(s, &leases[--done].address.ip, NULL);
	return rc;
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
		rc = set_next_free(s, &pool->sets[set], &from_start, &ip, err);
		if (rc == -ENOENT)
			rc = exhausted(pool, set, CNI_ERR_UNAVAILABLE, err);
	}
	return rc;
}
