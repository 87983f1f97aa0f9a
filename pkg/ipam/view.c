// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/view.h"

#include <errno.h>
#include <string.h>
#include <time.h>

int view_open(struct view *v, const char *data_dir, const char *network, bool create,
	      struct err *err)
{
	*v = (struct view){ 0 };
	facts_here(&v->here);
	return dir_open(&v->dir, data_dir, network, create, err);
}

void view_close(struct view *v)
{
	if (v->is_loaded) {
		if (v->rc == 0)
			index_commit(&v->index, v->dir.fd, &v->here);
		index_close(&v->index);
	}
	dir_close(&v->dir);
}

/* ---- what is known of one address ---------------------------------------------------------- */

static bool is_kept_for_pod(const struct facts *f)
{
	return f->is_sticky && facts_have_pod(f);
}

void view_add(struct view *v, const struct ip *ip, const struct owner *o, const struct facts *f)
{
	uint8_t flags = facts_is_earlier_boot(f, &v->here) ? INDEX_EARLIER_BOOT : 0;

	index_add(&v->index, INDEX_HELD, index_of_container(o->container_id), ip, flags, 0);
	if (is_kept_for_pod(f))
		index_add(&v->index, INDEX_POD, index_of_pod(f, o->ifname), ip, 0, 0);
}

void view_drop(struct view *v, const struct ip *ip, const struct record *r)
{
	index_drop(&v->index, INDEX_HELD, index_of_container(r->owner.container_id), ip);
	index_drop(&v->index, INDEX_EMPTY, index_of_ip(ip), ip);
	index_drop(&v->index, INDEX_OTHER, index_of_ip(ip), ip);
	if (is_kept_for_pod(&r->facts))
		index_drop(&v->index, INDEX_POD, index_of_pod(&r->facts, r->owner.ifname), ip);
	index_give(&v->index, ip);
}

void view_add_rest(struct view *v, const struct ip *ip, const struct record *r, uint32_t time)
{
	index_add(&v->index, INDEX_RESTING, index_of_ip(ip), ip, 0, time);
	if (is_kept_for_pod(&r->facts))
		index_add(&v->index, INDEX_POD, index_of_pod(&r->facts, r->owner.ifname), ip, 0, 0);
}

static void forget_rest(struct view *v, const struct ip *ip)
{
	struct record r;

	if (dir_read_rest(&v->dir, ip, &r) && is_kept_for_pod(&r.facts))
		index_drop(&v->index, INDEX_POD, index_of_pod(&r.facts, r.owner.ifname), ip);
	index_drop(&v->index, INDEX_RESTING, index_of_ip(ip), ip);
	dir_remove_rest(&v->dir, ip);
}

void view_drop_rest(struct view *v, const struct ip *ip)
{
	size_t place = TABLE_START;
	struct ip found;

	while (index_find(&v->index, INDEX_RESTING, index_of_ip(ip), &place, &found))
		if (ip_cmp(&found, ip) == 0) {
			forget_rest(v, ip);
			return;
		}
}

int view_release(struct view *v, const struct ip *ip, const struct record *r, bool may_rest,
		 struct err *err)
{
	bool rests = may_rest && (r->facts.is_rested || is_kept_for_pod(&r->facts));
	struct record gone;
	int rc;

	index_begin(&v->index);
	rc = dir_remove(&v->dir, ip, rests, err);
	if (rc < 0)
		return rc;
	view_drop(v, ip, r);
	if (rests && dir_read_rest(&v->dir, ip, &gone))
		view_add_rest(v, ip, &gone, (uint32_t)gone.changed_s);
	return rc;
}

/* ---- the index, made from the directory ---------------------------------------------------- */

/* The first file that cannot be read is told by who has to know; the others count. */
static void learn(struct view *v, const struct ip *ip)
{
	struct record r;
	int rc = dir_read(&v->dir, ip, &r, &v->err);

	if (rc < 0)
		v->rc = rc;
	if (rc <= 0)
		index_add(&v->index, INDEX_OTHER, index_of_ip(ip), ip, 0, 0);
	else if (record_is_empty(&r.owner))
		index_add(&v->index, INDEX_EMPTY, index_of_ip(ip), ip, 0, 0);
	else
		view_add(v, ip, &r.owner, &r.facts);
}

/* Whoever holds the address now broke the rest. */
static void learn_rest(struct view *v, const struct ip *ip)
{
	struct record r;

	if (index_has(&v->index, ip))
		dir_remove_rest(&v->dir, ip);
	else if (dir_read_rest(&v->dir, ip, &r))
		view_add_rest(v, ip, &r, (uint32_t)r.changed_s);
}

static int make(struct view *v, struct err *err)
{
	struct ips names = { 0 }, rests = { 0 };
	int rc = dir_list(&v->dir, &names, err);

	dir_list_rest(&v->dir, &rests);
	v->rc = 0;
	v->err.code = 0;
	index_create(&v->index, v->dir.side_fd, 2 * (names.count + rests.count));
	v->is_loaded = true;
	for (size_t i = 0; rc == 0 && i < names.count; i++)
		learn(v, &names.v[i]);
	for (size_t i = 0; rc == 0 && i < rests.count; i++)
		learn_rest(v, &rests.v[i]);
	if (rc < 0)
		v->index.is_known_wrong = true;
	ips_free(&names);
	ips_free(&rests);
	return rc;
}

int view_load(struct view *v, struct err *err)
{
	if (v->is_loaded && !index_is_wrong(&v->index))
		return 0;
	if (!v->is_loaded && index_open(&v->index, v->dir.side_fd, v->dir.fd, &v->here)) {
		v->is_loaded = true;
		return 0;
	}
	index_close(&v->index);
	v->is_loaded = false;
	return make(v, err);
}

/* ---- looking ------------------------------------------------------------------------------- */

static int find_once(struct view *v, const struct owner *o, struct ips *exact, struct ips *old,
		     struct err *err)
{
	size_t place = TABLE_START;
	struct record r;
	struct ip ip;
	int rc = 0;

	while (index_find(&v->index, INDEX_HELD, index_of_container(o->container_id), &place,
			  &ip)) {
		int is_record = dir_read(&v->dir, &ip, &r, err);
		enum record_match match;

		if (is_record < 0)
			rc = is_record;
		if (is_record < 0)
			continue;
		if (!is_record || strcmp(r.owner.container_id, o->container_id) != 0)
			v->index.is_known_wrong = true;
		match = is_record ? record_compare(&r.owner, o) : RECORD_OTHER;
		if (match != RECORD_OTHER)
			ips_append(match == RECORD_EXACT ? exact : old, &ip);
	}
	return rc;
}

int view_find(struct view *v, const struct owner *o, struct ips *exact, struct ips *old,
	      struct err *err)
{
	int rc = view_load(v, err);

	if (rc < 0)
		return rc;
	rc = find_once(v, o, exact, old, err);
	if (index_is_wrong(&v->index)) {
		exact->count = old->count = 0;
		rc = view_load(v, err);
		if (rc == 0)
			rc = find_once(v, o, exact, old, err);
	}
	if (rc == 0 && v->rc < 0) {
		err_set(err, v->err.code, v->rc, "%s", v->err.msg);
		rc = v->rc;
	}
	return rc;
}

/* ---- giving back many ---------------------------------------------------------------------- */

int view_release_all(struct view *v, const struct ips *ips, size_t *released, struct err *err)
{
	struct err all = { 0 };
	struct record r;
	int failure = 0;

	*released = 0;
	for (size_t i = 0; i < ips->count; i++) {
		struct err why = { 0 };
		int rc = dir_read(&v->dir, &ips->v[i], &r, &why);

		if (rc > 0)
			rc = view_release(v, &ips->v[i], &r, true, &why);
		err_join(&all, &why);
		if (rc < 0)
			failure = rc;
		else
			*released += (size_t)rc;
	}
	if (!err_is_set(err))
		err_join(err, &all);
	if (*released && dir_sync(&v->dir, err) < 0)
		failure = -EIO;
	return failure;
}
