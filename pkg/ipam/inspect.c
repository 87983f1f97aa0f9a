// SPDX-License-Identifier: GPL-2.0-or-later
/* The part of store_dir.h that is for the person who looks after it. */
#include "pkg/ipam/store_dir.h"

#include <errno.h>

#include "pkg/ipam/reclaim.h"
#include "pkg/ipam/store_view.h"

static int tell(struct store *s, const struct ip *ip, bool is_resting,
		int (*fn)(const struct reservation *r, void *ctx), void *ctx, struct err *err)
{
	static const struct owner nobody = { "", "" };
	static const struct facts unknown = { .nsid = -1 };
	struct reservation told = { .ip = *ip, .owner = &nobody, .facts = &unknown };
	struct view *v = view_of(s);
	struct record r;
	int rc = is_resting ? dir_read_rest(&v->dir, ip, &r) : dir_read(&v->dir, ip, &r, err);

	if (rc < 0 || (rc == 0 && is_resting))
		return rc;
	told.is_foreign = rc == 0;
	told.is_resting = is_resting;
	if (rc > 0) {
		told.owner = &r.owner;
		told.facts = &r.facts;
		told.since_s = is_resting ? r.changed_s : r.since_s;
		told.why_stale = is_resting ? NULL : reclaim_reason(v, &s->terms, &r);
	}
	return fn(&told, ctx);
}

int store_dir_each(struct store *s, int (*fn)(const struct reservation *r, void *ctx), void *ctx,
		   struct err *err)
{
	struct ips names = { 0 }, rests = { 0 };
	int rc = dir_list(&view_of(s)->dir, &names, err);

	dir_list_rest(&view_of(s)->dir, &rests);
	for (size_t i = 0; rc == 0 && i < names.count; i++)
		rc = tell(s, &names.v[i], false, fn, ctx, err);
	for (size_t i = 0; rc == 0 && i < rests.count; i++)
		rc = tell(s, &rests.v[i], true, fn, ctx, err);
	ips_free(&names);
	ips_free(&rests);
	return rc;
}

int store_dir_free(struct store *s, const struct ip *ip, struct err *err)
{
	struct view *v = view_of(s);
	struct record r;
	int rc = view_load(v, err), is_there;

	if (rc < 0)
		return rc;
	is_there = dir_read(&v->dir, ip, &r, err);
	if (is_there < 0)
		return is_there;
	if (!is_there && !dir_read_rest(&v->dir, ip, &r))
		return -ENOENT;
	if (is_there)
		rc = view_release(v, ip, &r, false, err);
	if (rc >= 0) {
		view_drop_rest(v, ip);
		index_give(&v->index, ip);
		rc = dir_sync(&v->dir, err);
	}
	return rc;
}

int store_dir_reclaim(struct store *s, size_t *freed, struct err *err)
{
	struct ips names = { 0 }, stale = { 0 };
	struct view *v = view_of(s);
	struct record r;
	int rc = view_load(v, err);

	*freed = 0;
	if (rc == 0)
		rc = dir_list(&v->dir, &names, err);
	for (size_t i = 0; i < names.count; i++)
		if (dir_read(&v->dir, &names.v[i], &r, err) == 1 &&
		    reclaim_reason(v, &s->terms, &r))
			ips_append(&stale, &names.v[i]);
	if (rc == 0)
		rc = view_release_all(v, &stale, freed, err);
	ips_free(&names);
	ips_free(&stale);
	return rc;
}

int store_dir_check_index(struct store *s, size_t *differ, struct err *err)
{
	struct ips names = { 0 };
	struct view *v = view_of(s);
	struct record r;
	int rc = view_load(v, err);

	*differ = 0;
	if (rc == 0)
		rc = dir_list(&v->dir, &names, err);
	for (size_t i = 0; rc == 0 && i < names.count; i++) {
		struct ips found = { 0 };

		rc = dir_read(&v->dir, &names.v[i], &r, err);
		*differ += !index_has(&v->index, &names.v[i]);
		if (rc == 1 && !record_is_empty(&r.owner)) {
			rc = view_find(v, &r.owner, &found, &found, err);
			*differ += found.count == 0;
		}
		ips_free(&found);
		rc = rc < 0 ? rc : 0;
	}
	if (*differ)
		v->index.is_known_wrong = true; /* and so not kept */
	ips_free(&names);
	return rc;
}
