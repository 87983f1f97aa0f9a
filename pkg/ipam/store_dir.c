// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/store_dir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/base/mem.h"
#include "pkg/ipam/reclaim.h"
#include "pkg/ipam/store_view.h"

#define LAST_NAME_MAX 48

/* ---- reserving ----------------------------------------------------------------------------- */

typedef int (*write_fn)(int dirfd, const char *name, const void *data, size_t len,
			const struct file_note *note, mode_t mode);

static int write_record(const struct store *s, struct view *v, const struct ip *ip,
			const struct owner *o, write_fn write)
{
	char name[IP_STR_MAX], buf[RECORD_MAX], text[FACTS_MAX] = "";
	const struct file_note note = { FACTS_NOTE, text };
	int len = record_format(o, buf);

	if (s->terms.facts)
		facts_format(s->terms.facts, text);
	return len < 0 ? len :
			 write(v->dir.fd, ip_format(ip, name), buf, (size_t)len,
			       text[0] ? &note : NULL, 0600);
}

/* Takes the place of a reservation that is nobody's or a dead one's; -EEXIST if it may be alive. */
static int displace(struct store *s, const struct ip *ip, const struct owner *o)
{
	struct view *v = view_of(s);
	struct record r;
	int rc;

	/*
	 * A file without content cannot be one that is being written: ours appear whole, and the
	 * reference makes and writes its own under the lock, which is ours now.
	 */
	if (dir_read(&v->dir, ip, &r, NULL) != 1 || !reclaim_reason(v, &s->terms, &r))
		return -EEXIST;
	rc = write_record(s, v, ip, o, file_replace_noted);
	if (rc == 0)
		view_drop(v, ip, &r);
	return rc;
}

static int reserve(struct store *s, const struct ip *ip, const struct owner *o, struct err *err)
{
	static const struct facts unknown = { .nsid = -1 };
	struct view *v = view_of(s);
	char name[IP_STR_MAX];
	int rc = view_load(v, err);

	if (rc < 0)
		return rc;
	index_begin(&v->index);
	rc = write_record(s, v, ip, o, file_create_noted);
	if (rc == -EEXIST)
		rc = displace(s, ip, o);
	if (rc == -EEXIST && !index_has(&v->index, ip))
		v->index.is_known_wrong = true;
	if (rc == 0) {
		view_drop_rest(v, ip);
		view_add(v, ip, o, s->terms.facts ? s->terms.facts : &unknown);
	}
	return rc < 0 && rc != -EEXIST ? dir_error(&v->dir, ip_format(ip, name), rc, err) : rc;
}

static int cancel(struct store *s, const struct ip *ip, struct err *err)
{
	struct view *v = view_of(s);
	struct record r;
	int rc = view_load(v, err);

	if (rc == 0)
		rc = dir_read(&v->dir, ip, &r, err);
	if (rc <= 0)
		return rc;
	rc = view_release(v, ip, &r, false, err); /* it was never used */
	return rc < 0 ? rc : dir_sync(&v->dir, err);
}

/* What is written is what is known of it from now on: no pod is to get it back. */
static int quarantine(struct store *s, const struct ip *ip, const char *in_use_by, struct err *err)
{
	struct facts f = { .nsid = -1, .is_rested = true };
	const struct terms terms = s->terms;
	struct view *v = view_of(s);
	char name[IP_STR_MAX];
	struct record r;
	int rc = view_load(v, err);

	if (rc == 0)
		rc = dir_read(&v->dir, ip, &r, err);
	if (rc <= 0)
		return rc;
	snprintf(f.in_use_by, sizeof(f.in_use_by), "%s", in_use_by);
	s->terms.facts = &f;
	index_begin(&v->index);
	rc = write_record(s, v, ip, &r.owner, file_replace_noted);
	s->terms = terms;
	if (rc < 0)
		return dir_error(&v->dir, ip_format(ip, name), rc, err);
	r.facts.is_rested = true;
	rc = view_release(v, ip, &r, true, err);
	return rc < 0 ? rc : dir_sync(&v->dir, err);
}

static int next_free(struct store *s, const struct ip *first, const struct ip *last, struct ip *ip,
		     struct err *err)
{
	struct view *v = view_of(s);
	bool is_found = false;
	int rc = 0;

	for (int i = 0; i < 2; i++) {
		rc = view_load(v, err);
		if (rc < 0)
			return rc;
		is_found = index_next_free(&v->index, first, last, ip);
		if (!index_is_wrong(&v->index))
			break;
	}
	return is_found ? 0 : -ENOENT;
}

static int reclaim(struct store *s, const struct ip *first, const struct ip *last, struct err *err)
{
	struct view *v = view_of(s);
	int rc = view_load(v, err);

	return rc < 0 ? rc : reclaim_some(v, &s->terms, first, last, err);
}

/* ---- giving back --------------------------------------------------------------------------- */

static int release(struct store *s, const struct owner *o, size_t *released, struct err *err)
{
	struct ips exact = { 0 }, old = { 0 };
	struct view *v = view_of(s);
	int rc = view_find(v, o, &exact, &old, err), removal;

	removal = view_release_all(v, exact.count ? &exact : &old, released, err);
	ips_free(&exact);
	ips_free(&old);
	return rc < 0 ? rc : removal;
}

static int by_owner(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	int order = strcmp(x->container_id, y->container_id);

	return order ? order : strcmp(x->ifname, y->ifname);
}

/* An old record is any interface's of its container. */
static int by_record(const void *key, const void *element)
{
	const struct owner *record = key, *o = element;

	if (record->ifname[0] == '\0')
		return strcmp(record->container_id, o->container_id);
	return by_owner(record, o);
}

static int retain(struct store *s, const struct owner *valid, size_t n_valid, size_t *released,
		  struct err *err)
{
	cleanup_free struct owner *sorted = mem_new(n_valid, sizeof(*sorted));
	struct ips names = { 0 }, stale = { 0 };
	struct view *v = view_of(s);
	struct record r;
	int rc = view_load(v, err), removal;

	if (rc == 0)
		rc = dir_list(&v->dir, &names, err);
	if (n_valid)
		memcpy(sorted, valid, n_valid * sizeof(*sorted));
	qsort(sorted, n_valid, sizeof(*sorted), by_owner);
	for (size_t i = 0; i < names.count; i++) {
		int is_record = dir_read(&v->dir, &names.v[i], &r, err);

		if (is_record < 0)
			rc = is_record;
		if (is_record > 0 &&
		    !bsearch(&r.owner, sorted, n_valid, sizeof(*sorted), by_record))
			ips_append(&stale, &names.v[i]);
	}
	removal = view_release_all(v, &stale, released, err);
	ips_free(&names);
	ips_free(&stale);
	return rc < 0 ? rc : removal;
}

/* ---- looking ------------------------------------------------------------------------------- */

static int held(struct store *s, const struct owner *o, int (*fn)(const struct ip *ip, void *ctx),
		void *ctx, struct err *err)
{
	struct ips ips = { 0 };
	int rc = view_find(view_of(s), o, &ips, &ips, err);

	for (size_t i = 0; rc == 0 && i < ips.count; i++)
		rc = fn(&ips.v[i], ctx);
	ips_free(&ips);
	return rc;
}

static int remembered(struct store *s, const char *ifname,
		      int (*fn)(const struct ip *ip, void *ctx), void *ctx, struct err *err)
{
	const struct facts *f = s->terms.facts;
	struct view *v = view_of(s);
	size_t place = TABLE_START;
	struct ips ips = { 0 };
	struct record r;
	struct ip ip;
	int rc = view_load(v, err);

	if (rc < 0 || !f || !facts_have_pod(f))
		return rc;
	while (index_find(&v->index, INDEX_POD, index_of_pod(f, ifname), &place, &ip))
		if ((dir_read_rest(&v->dir, &ip, &r) || dir_read(&v->dir, &ip, &r, NULL) == 1) &&
		    facts_same_pod(f, &r.facts) && strcmp(r.owner.ifname, ifname) == 0)
			ips_append(&ips, &ip);
	for (size_t i = 0; rc == 0 && i < ips.count; i++)
		rc = fn(&ips.v[i], ctx);
	ips_free(&ips);
	return rc;
}

static void last_name(size_t set, char buf[static LAST_NAME_MAX])
{
	snprintf(buf, LAST_NAME_MAX, "last_reserved_ip.%zu", set);
}

static void last_get(struct store *s, size_t set, struct ip *ip)
{
	char name[LAST_NAME_MAX], text[IP_STR_MAX + 2]; /* an editor's line end */

	*ip = (struct ip){ 0 };
	last_name(set, name);
	if (file_read(view_of(s)->dir.fd, name, text, sizeof(text)) < 0)
		return;
	text[strcspn(text, "\r\n")] = '\0';
	ip_parse(text, ip);
}

/* Unsynced: without it nothing is lost, the next search begins elsewhere. */
static int last_set(struct store *s, size_t set, const struct ip *ip, struct err *err)
{
	char name[LAST_NAME_MAX], text[IP_STR_MAX];
	struct view *v = view_of(s);
	int rc;

	last_name(set, name);
	ip_format(ip, text);
	if (v->is_loaded)
		index_begin(&v->index);
	rc = file_replace_lazy(v->dir.fd, name, text, strlen(text), 0600);
	return rc < 0 ? dir_error(&v->dir, name, rc, err) : 0;
}

static void close_store(struct store *s)
{
	view_close(view_of(s));
	free(s);
}

static const struct store_ops dir_ops = {
	.reserve = reserve,
	.cancel = cancel,
	.quarantine = quarantine,
	.next_free = next_free,
	.reclaim = reclaim,
	.release = release,
	.held = held,
	.remembered = remembered,
	.retain = retain,
	.last_get = last_get,
	.last_set = last_set,
	.close = close_store,
};

int store_dir_open(const char *data_dir, const char *network, bool create, struct store **out,
		   struct err *err)
{
	struct store_dir *s = mem_new(1, sizeof(*s));
	int rc = view_open(&s->view, data_dir, network, create, err);

	*out = NULL;
	s->store.ops = &dir_ops;
	if (rc < 0)
		close_store(&s->store);
	else
		*out = &s->store;
	return rc == -ENOENT && !create ? 0 : rc; /* nothing is reserved there */
}
