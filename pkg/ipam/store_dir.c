// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/store_dir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/base/mem.h"
#include "pkg/ipam/dir.h"

#define LAST_NAME_MAX 48

struct store_dir {
	struct store store; /* first: the ops cast back */
	struct dir dir;
};

static struct dir *dir_of(struct store *s)
{
	return &((struct store_dir *)s)->dir;
}

static bool is_abandoned(const struct dir *d, const struct ip *ip)
{
	char buf[RECORD_MAX];
	struct owner o;

	return dir_read(d, ip, buf, &o, NULL) == 1 && record_is_empty(&o);
}

static int reserve(struct store *s, const struct ip *ip, const struct owner *o, struct err *err)
{
	struct dir *d = dir_of(s);
	char name[IP_STR_MAX], buf[RECORD_MAX];
	int len = record_format(o, buf), rc;

	ip_format(ip, name);
	if (len < 0)
		return dir_error(d, name, len, err);
	rc = file_create(d->fd, name, buf, (size_t)len, 0600);
	/*
	 * A file without content cannot be one that is being written: ours appear whole, and the
	 * reference makes and writes its own under the lock, which is ours now.
	 */
	if (rc == -EEXIST && is_abandoned(d, ip))
		rc = file_replace(d->fd, name, buf, (size_t)len, 0600);
	if (rc < 0 && rc != -EEXIST)
		return dir_error(d, name, rc, err);
	if (d->is_listed)
		taken_add(&d->names, ip);
	return rc;
}

static int cancel(struct store *s, const struct ip *ip, struct err *err)
{
	struct ip copy = *ip;
	const struct taken one = { .ips = &copy, .count = 1 };
	size_t removed;

	return dir_remove(dir_of(s), &one, &removed, err);
}

/* Takes the files without content out of the names first … last: their addresses are free. */
static void sweep(struct dir *d, const struct ip *first, const struct ip *last)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->names.count; i++) {
		const struct ip ip = d->names.ips[i];

		if (ip_cmp(first, &ip) > 0 || ip_cmp(&ip, last) > 0 || !is_abandoned(d, &ip))
			d->names.ips[kept++] = ip;
	}
	d->names.count = kept;
}

/* The sweep opens every file, so it comes only when nothing else is free. */
static int next_free(struct store *s, const struct ip *first, const struct ip *last, struct ip *ip,
		     struct err *err)
{
	struct dir *d = dir_of(s);
	int rc = dir_list(d, err);

	if (rc < 0)
		return rc;
	if (taken_gap(&d->names, first, last, ip))
		return 0;
	sweep(d, first, last);
	return taken_gap(&d->names, first, last, ip) ? 0 : -ENOENT;
}

static int release(struct store *s, const struct owner *o, size_t *released, struct err *err)
{
	struct taken exact = { 0 }, old = { 0 };
	struct dir *d = dir_of(s);
	char buf[RECORD_MAX];
	struct owner record;
	int rc = dir_list(d, err), removal;

	for (size_t i = 0; i < d->names.count; i++) {
		const struct ip *ip = &d->names.ips[i];
		int is_record = dir_read(d, ip, buf, &record, err);
		enum record_match match = RECORD_OTHER;

		if (is_record < 0)
			rc = is_record;
		if (is_record > 0)
			match = record_compare(&record, o);
		if (match == RECORD_EXACT)
			taken_append(&exact, ip);
		if (match == RECORD_OLD)
			taken_append(&old, ip);
	}
	removal = dir_remove(d, exact.count ? &exact : &old, released, err);
	taken_free(&exact);
	taken_free(&old);
	return rc < 0 ? rc : removal;
}

static int held(struct store *s, const struct owner *o, int (*fn)(const struct ip *ip, void *ctx),
		void *ctx, struct err *err)
{
	struct dir *d = dir_of(s);
	char buf[RECORD_MAX];
	struct owner record;
	int rc = dir_list(d, err);

	for (size_t i = 0; rc == 0 && i < d->names.count; i++) {
		rc = dir_read(d, &d->names.ips[i], buf, &record, err);
		if (rc <= 0)
			continue;
		rc = 0;
		if (record_compare(&record, o) != RECORD_OTHER)
			rc = fn(&d->names.ips[i], ctx);
	}
	return rc;
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
	struct taken stale = { 0 };
	struct dir *d = dir_of(s);
	char buf[RECORD_MAX];
	struct owner record;
	int rc = dir_list(d, err), removal;

	if (n_valid)
		memcpy(sorted, valid, n_valid * sizeof(*sorted));
	qsort(sorted, n_valid, sizeof(*sorted), by_owner);
	for (size_t i = 0; i < d->names.count; i++) {
		int is_record = dir_read(d, &d->names.ips[i], buf, &record, err);

		if (is_record < 0)
			rc = is_record;
		if (is_record > 0 && !bsearch(&record, sorted, n_valid, sizeof(*sorted), by_record))
			taken_append(&stale, &d->names.ips[i]);
	}
	removal = dir_remove(d, &stale, released, err);
	taken_free(&stale);
	return rc < 0 ? rc : removal;
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
	if (file_read(dir_of(s)->fd, name, text, sizeof(text)) < 0)
		return;
	text[strcspn(text, "\r\n")] = '\0';
	ip_parse(text, ip);
}

static int last_set(struct store *s, size_t set, const struct ip *ip, struct err *err)
{
	char name[LAST_NAME_MAX], text[IP_STR_MAX];
	int rc;

	last_name(set, name);
	ip_format(ip, text);
	rc = file_replace(dir_of(s)->fd, name, text, strlen(text), 0600);
	return rc < 0 ? dir_error(dir_of(s), name, rc, err) : 0;
}

static void close_store(struct store *s)
{
	dir_close(dir_of(s));
	free(s);
}

static const struct store_ops dir_ops = {
	.reserve = reserve,
	.cancel = cancel,
	.next_free = next_free,
	.release = release,
	.held = held,
	.retain = retain,
	.last_get = last_get,
	.last_set = last_set,
	.close = close_store,
};

int store_dir_open(const char *data_dir, const char *network, bool create, struct store **out,
		   struct err *err)
{
	struct store_dir *s = mem_new(1, sizeof(*s));
	int rc = dir_open(&s->dir, data_dir, network, create, err);

	*out = NULL;
	s->store.ops = &dir_ops;
	if (rc < 0)
		close_store(&s->store);
	else
		*out = &s->store;
	return rc == -ENOENT && !create ? 0 : rc; /* nothing is reserved there */
}
