// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/claim.h"

#include <errno.h>
#include <string.h>

void claim_spans(struct spans *l, const struct pool *pool, size_t set)
{
	spans_of(l, &pool->sets[set]);
	for (size_t i = 0; i < pool->n_exclude; i++)
		spans_cut(l, &pool->exclude[i].first, &pool->exclude[i].last);
	for (size_t i = 0; i < pool->n_reserved; i++)
		spans_cut(l, &pool->reserved[i].ip, &pool->reserved[i].ip);
}

static bool is_requested_before(const struct pool *pool, size_t idx)
{
	for (size_t i = 0; i < idx; i++)
		if (ip_cmp(&pool->requested[i], &pool->requested[idx]) == 0)
			return true;
	return false;
}

static bool is_excluded(const struct pool *pool, const struct ip *ip)
{
	for (size_t i = 0; i < pool->n_exclude; i++)
		if (span_has(&pool->exclude[i], ip))
			return true;
	return false;
}

/* Whether `pod`, "namespace/name", is the one of these facts. */
static bool is_pod(const char *pod, const struct facts *f)
{
	size_t len = f ? strlen(f->pod_namespace) : 0;

	return f && facts_have_pod(f) && strncmp(pod, f->pod_namespace, len) == 0 &&
	       pod[len] == '/' && strcmp(pod + len + 1, f->pod_name) == 0;
}

/* The reservation of an address for a pod, or NULL. */
static const struct reserved *find_reserved(const struct pool *pool, const struct ip *ip)
{
	for (size_t i = 0; i < pool->n_reserved; i++)
		if (ip_cmp(&pool->reserved[i].ip, ip) == 0)
			return &pool->reserved[i];
	return NULL;
}

static bool is_in_subnet(const struct range_set *set, const struct ip *ip)
{
	for (size_t i = 0; i < set->count; i++)
		if (prefix_contains(&set->ranges[i].subnet, ip))
			return true;
	return false;
}

/* Why this pod may not have the address out of the set; NULL: it may. */
static const char *refusal(const struct pool *pool, size_t set, const struct ip *ip,
			   const struct facts *f)
{
	const struct reserved *reserved = find_reserved(pool, ip);

	for (size_t i = 0; i < pool->sets[set].count; i++)
		if (ip_cmp(ip, &pool->sets[set].ranges[i].gateway) == 0)
			return "is its range's gateway";
	if (is_excluded(pool, ip))
		return "is excluded";
	if (reserved && !is_pod(reserved->pod, f))
		return "is reserved for another pod";
	return NULL;
}

/* Hands a requested address to the first set that has it and got none yet. */
static int assign(const struct pool *pool, size_t idx, const struct facts *f,
		  const struct ip **wanted, struct err *err)
{
	const char *reason = "is in no range set";
	const struct ip *ip = &pool->requested[idx];
	char text[IP_STR_MAX];

	for (size_t set = 0; set < pool->n_sets; set++) {
		const struct reserved *own = find_reserved(pool, ip);
		const char *why;

		if (!range_set_find(&pool->sets[set], ip) &&
		    !(own && is_in_subnet(&pool->sets[set], ip)))
			continue;
		why = refusal(pool, set, ip, f);
		if (!why && wanted[set])
			why = "is a second one of its range set, which gives one";
		if (!why) {
			wanted[set] = ip;
			return 0;
		}
		reason = why;
	}
	return err_set(err, CNI_ERR_ADDRESS, -EADDRNOTAVAIL, "ipam: requested address %s %s",
		       ip_format(ip, text), reason);
}

int claim_requested(struct store *s, const struct ip *ip, const struct owner *o, struct err *err)
{
	char text[IP_STR_MAX];
	int rc = s->ops->reserve(s, ip, o, err);

	if (rc == -EEXIST && s->ops->reclaim(s, ip, ip, err) > 0)
		rc = s->ops->reserve(s, ip, o, err);
	if (rc == -EEXIST)
		return err_set(err, CNI_ERR_ADDRESS, rc, "ipam: requested address %s is taken",
			       ip_format(ip, text));
	return rc;
}

int claim_reserved(struct store *s, const struct pool *pool, size_t set, const struct owner *o,
		   struct ip *ip, struct err *err)
{
	char text[IP_STR_MAX];
	int rc = -ENOENT;

	for (size_t i = 0; i < pool->n_reserved && (rc == -ENOENT || rc == -EEXIST); i++) {
		if (!is_pod(pool->reserved[i].pod, s->terms.facts) ||
		    !is_in_subnet(&pool->sets[set], &pool->reserved[i].ip) ||
		    refusal(pool, set, &pool->reserved[i].ip, s->terms.facts))
			continue;
		*ip = pool->reserved[i].ip;
		rc = s->ops->reserve(s, ip, o, err);
	}
	if (rc != -EEXIST)
		return rc;
	err_set(err, CNI_ERR_AGAIN, rc, "ipam: %s, reserved for pod %s/%s, is still held",
		ip_format(ip, text), s->terms.facts->pod_namespace, s->terms.facts->pod_name);
	err_details(err, "by another attachment: `ipvlan ipam show %s` says which", text);
	return rc;
}

struct memory {
	struct store *s;
	const struct pool *pool;
	const struct spans *spans;
	const struct owner *o;
	struct err *err;
	struct ip *ip;
};

/* 1: it is the pod's again. One that an attachment still holds is not the last word. */
static int try_remembered(const struct ip *ip, void *ctx)
{
	struct memory *m = ctx;

	for (size_t i = 0; i < m->spans->count; i++)
		if (span_has(&m->spans->v[i], ip)) {
			int rc = m->s->ops->reserve(m->s, ip, m->o, m->err);

			*m->ip = *ip;
			return rc == -EEXIST ? 0 : rc < 0 ? rc : 1;
		}
	return 0;
}

int claim_remembered(struct store *s, const struct pool *pool, size_t set, const struct owner *o,
		     struct ip *ip, struct err *err)
{
	struct spans l;
	struct memory m = { s, pool, &l, o, err, ip };
	int rc;

	claim_spans(&l, pool, set);
	rc = s->ops->remembered(s, o->ifname, try_remembered, &m, err);
	spans_free(&l);
	return rc == 0 ? -ENOENT : rc < 0 ? rc : 0;
}

bool claim_is_reserved_of(const struct pool *pool, size_t set, const struct ip *ip)
{
	return find_reserved(pool, ip) && is_in_subnet(&pool->sets[set], ip);
}

int claim_assign(const struct pool *pool, const struct facts *f, const struct ip **wanted,
		 struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < pool->n_requested; i++)
		if (!is_requested_before(pool, i))
			rc = assign(pool, i, f, wanted, err);
	return rc;
}
