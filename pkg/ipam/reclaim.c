// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/reclaim.h"

#include <errno.h>
#include <time.h>

#define LOOK_MAX 1024 /* files opened, or taken away, in one call: some milliseconds */

const char *reclaim_reason(const struct view *v, const struct terms *t, const struct record *r)
{
	if (record_is_empty(&r->owner))
		return "empty: its writer died";
	if (facts_is_earlier_boot(&r->facts, &v->here))
		return "of an earlier boot";
	if (t->is_gone && t->is_gone(&r->facts, t->ctx))
		return "its netns is gone";
	return NULL;
}

struct wanted {
	const struct ip *first, *last;
	struct ips found;
};

static bool is_wanted(const struct wanted *w, const struct ip *ip)
{
	return ip_cmp(w->first, ip) <= 0 && ip_cmp(ip, w->last) <= 0 && w->found.count < LOOK_MAX;
}

/* Those that the index itself tells from the others; reading it costs no system call. */
static void find_marked(struct view *v, struct wanted *w)
{
	struct ip ip;

	if (!index_count(&v->index, INDEX_EMPTY) && !index_count(&v->index, INDEX_HELD))
		return;
	for (size_t place = 0; place < table_slots(&v->index.table); place++) {
		const struct slot *s = index_at(&v->index, place, &ip);

		if (s && is_wanted(w, &ip) &&
		    (s->kind == INDEX_EMPTY ||
		     (s->kind == INDEX_HELD && s->flags & INDEX_EARLIER_BOOT)))
			ips_append(&w->found, &ip);
	}
}

/* Some of this boot's, each call going on where the last one stopped. */
static void find_next(struct view *v, struct wanted *w)
{
	size_t slots = table_slots(&v->index.table), place = index_hand(&v->index) % slots;
	struct ip ip;

	for (size_t n = 0; n < slots && w->found.count < LOOK_MAX; n++) {
		const struct slot *s = index_at(&v->index, place, &ip);

		if (s && s->kind == INDEX_HELD && is_wanted(w, &ip))
			ips_append(&w->found, &ip);
		place = (place + 1) % slots;
	}
	index_set_hand(&v->index, place);
}

/* Gives those back of which the file proves it. How many. */
static int free_dead(struct view *v, const struct terms *t, const struct ips *ips, struct err *err)
{
	struct record r;
	int freed = 0;

	for (size_t i = 0; i < ips->count; i++) {
		int rc = dir_read(&v->dir, &ips->v[i], &r, NULL);

		if (rc <= 0 || !reclaim_reason(v, t, &r))
			continue;
		rc = view_release(v, &ips->v[i], &r, true, err);
		if (rc < 0)
			return rc;
		freed++;
	}
	return freed;
}

/* ---- what rests ---------------------------------------------------------------------------- */

static bool has_rested(const struct terms *t, const struct slot *s)
{
	int64_t now = time(NULL);

	/* A time to come is one of a clock that was set back since. */
	return s->time > now || now - s->time >= t->cooldown_s;
}

static void find_rested(struct view *v, const struct terms *t, struct wanted *w)
{
	struct ip ip;

	for (size_t place = 0; place < table_slots(&v->index.table); place++) {
		const struct slot *s = index_at(&v->index, place, &ip);

		if (s && s->kind == INDEX_RESTING && is_wanted(w, &ip) && has_rested(t, s))
			ips_append(&w->found, &ip);
	}
}

static bool is_in_quarantine(const struct record *r)
{
	int64_t age = time(NULL) - r->since_s; /* it was written for this */

	return r->facts.in_use_by[0] && age >= 0 && age < QUARANTINE_S;
}

/* Those that rest for a time alone, all; else the one that has waited longest for its pod. */
static int free_rested(struct view *v, const struct ips *ips)
{
	const struct ip *oldest = NULL;
	int64_t oldest_s = INT64_MAX;
	struct record r;
	int freed = 0;

	for (size_t i = 0; i < ips->count; i++) {
		bool is_there = dir_read_rest(&v->dir, &ips->v[i], &r);

		if (is_there && is_in_quarantine(&r))
			continue;
		if (is_there && r.facts.is_sticky && facts_have_pod(&r.facts)) {
			if (r.changed_s < oldest_s) {
				oldest = &ips->v[i];
				oldest_s = r.changed_s;
			}
			continue;
		}
		view_drop_rest(v, &ips->v[i]);
		index_give(&v->index, &ips->v[i]);
		freed++;
	}
	if (freed || !oldest)
		return freed;
	view_drop_rest(v, oldest);
	index_give(&v->index, oldest);
	return 1;
}

int reclaim_some(struct view *v, const struct terms *t, const struct ip *first,
		 const struct ip *last, struct err *err)
{
	struct wanted w = { .first = first, .last = last };
	int freed;

	find_marked(v, &w);
	freed = free_dead(v, t, &w.found, err);
	w.found.count = 0;
	if (freed == 0 && t->is_gone) {
		find_next(v, &w);
		freed = free_dead(v, t, &w.found, err);
	}
	w.found.count = 0;
	if (freed == 0 && index_count(&v->index, INDEX_RESTING)) {
		find_rested(v, t, &w);
		freed = free_rested(v, &w.found);
	}
	ips_free(&w.found);
	return freed;
}
