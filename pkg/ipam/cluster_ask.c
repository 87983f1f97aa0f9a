// SPDX-License-Identifier: GPL-2.0-or-later
/* The book and the engine, one at a time: no lock is held while the engine is asked. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "pkg/ipam/cluster.h"
#include "pkg/ipam/store_dir.h"

int cluster_lock(struct cluster *c, struct err *err)
{
	int rc;

	if (c->book)
		return 0;
	rc = store_dir_open(c->conf.data_dir, c->network, true, &c->book, err);
	if (rc < 0)
		return rc;
	c->book->terms = c->store.terms;
	cluster_state_free(&c->state);
	cluster_state_read(&c->dir, &c->state);
	return 0;
}

void cluster_unlock(struct cluster *c)
{
	if (!c->book)
		return;
	if (c->state.cluster)
		cluster_state_write(&c->dir, &c->state);
	c->book->ops->close(c->book);
	c->book = NULL;
}

/* Of several commands at a time the last one's stays, which may be a little lower: that is safe. */
static void keep_revision(struct cluster *c, int64_t revision)
{
	int fd = openat(c->dir.fd, "revision", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	char text[24];
	int len = snprintf(text, sizeof(text), "%020" PRId64 "\n", revision);

	c->revision = revision;
	if (fd < 0)
		return;
	if (pwrite(fd, text, (size_t)len, 0) != len)
		c->revision = 0;
	close(fd);
}

void cluster_read_revision(struct cluster *c)
{
	int fd = openat(c->dir.fd, "revision", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[24] = "";

	if (fd < 0)
		return;
	if (pread(fd, text, sizeof(text) - 1, 0) > 0)
		c->revision = strtoll(text, NULL, 10);
	close(fd);
}

static void note_engine(struct cluster *c, const struct etcd_answer *a)
{
	if (c->state.cluster && (a->cluster != c->state.cluster || a->revision < c->revision))
		c->is_restored = true;
	else if (a->revision > c->revision)
		keep_revision(c, a->revision);
}

int cluster_ask(struct cluster *c, struct etcd_txn *t, struct etcd_answer *a, bool *is_sent,
		struct err *err)
{
	int rc;

	cluster_unlock(c);
	rc = etcd_commit(c->etcd, t, a, is_sent, err);
	if (rc == 0)
		note_engine(c, a);
	return rc;
}

int cluster_write(struct cluster *c, struct etcd_txn *t, struct err *err)
{
	struct etcd_answer a;
	int rc = cluster_ask(c, t, &a, NULL, err);

	if (rc == 0 && !a.is_then)
		rc = -EEXIST;
	etcd_answer_free(&a);
	etcd_txn_close(t);
	return rc;
}

int cluster_value(struct cluster *c, const char *key, char *value, size_t size, struct err *err)
{
	struct etcd_answer a;
	struct etcd_txn t;
	int rc;

	etcd_txn_open(&t);
	etcd_get(&t, ETCD_THEN, key);
	rc = cluster_ask(c, &t, &a, NULL, err);
	if (rc == 0 && a.found[0].n) {
		snprintf(value, size, "%s", a.found[0].v[0].value);
		rc = 1;
	}
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc;
}

int cluster_each(struct cluster *c, const char *prefix, int (*fn)(struct etcd_kv *kv, void *ctx),
		 void *ctx, struct err *err)
{
	char from[KEY_MAX + 2], last[KEY_MAX];
	bool is_more = true;
	int rc = 0;

	snprintf(from, sizeof(from), "%s", prefix);
	snprintf(last, sizeof(last), "%s\x7e", prefix); /* behind all that our keys are made of */
	while (rc == 0 && is_more) {
		struct etcd_answer a;
		struct etcd_txn t;

		etcd_txn_open(&t);
		etcd_get_between(&t, ETCD_THEN, from, last, CLUSTER_PAGE, ETCD_ALL);
		rc = cluster_ask(c, &t, &a, NULL, err);
		is_more = rc == 0 && a.n_found && a.found[0].n == CLUSTER_PAGE;
		if (is_more)
			snprintf(from, sizeof(from), "%s\x01", a.found[0].v[CLUSTER_PAGE - 1].key);
		for (size_t i = 0; rc == 0 && a.n_found && i < a.found[0].n; i++)
			rc = fn(&a.found[0].v[i], ctx);
		etcd_answer_free(&a);
		etcd_txn_close(&t);
	}
	return rc;
}
