// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which life of the engine's data this is: "CLUSTER.COUNT", the id of etcd's cluster and how often it
 * was found to be another than before.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/ipam/cluster.h"

/* The epoch as it is in the engine, or the first one. */
int cluster_epoch_read(struct cluster *c, char epoch[static 64], uint64_t *cluster, struct err *err)
{
	struct etcd_answer a;
	struct etcd_txn t;
	char key[KEY_MAX];
	int rc;

	etcd_txn_open(&t);
	etcd_get(&t, ETCD_THEN, key_of(&c->keys, "epoch", NULL, key));
	rc = cluster_ask(c, &t, &a, NULL, err);
	epoch[0] = '\0';
	*cluster = a.cluster;
	if (rc == 0 && a.found[0].n)
		snprintf(epoch, 64, "%s", a.found[0].v[0].value);
	etcd_answer_free(&a);
	etcd_txn_close(&t);
	return rc;
}

/* -EEXIST: somebody else did. */
static int write_epoch(struct cluster *c, const char *old, const char *new, struct err *err)
{
	struct etcd_txn t;
	char key[KEY_MAX];

	key_of(&c->keys, "epoch", NULL, key);
	etcd_txn_open(&t);
	if (old[0])
		etcd_if_value(&t, key, old);
	else
		etcd_if_absent(&t, key);
	etcd_put(&t, ETCD_THEN, key, new, 0);
	return cluster_write(c, &t, err);
}

static uint64_t epoch_cluster(const char *epoch)
{
	return strtoull(epoch, NULL, 10);
}

unsigned long cluster_epoch_count(const char *epoch)
{
	const char *dot = strchr(epoch, '.');

	return dot ? strtoul(dot + 1, NULL, 10) : 0;
}

/*
 * The epoch that holds now, begun if need be. went_back: the engine has less than it had, in the
 * epoch that this node knew.
 */
int cluster_epoch_find(struct cluster *c, bool went_back, char epoch[static 64], uint64_t *cluster,
		       struct err *err)
{
	char next[64];
	int rc;

	do {
		rc = cluster_epoch_read(c, epoch, cluster, err);
		if (rc < 0)
			return rc;
		if (!epoch[0])
			snprintf(next, sizeof(next), "%" PRIu64 ".0", *cluster);
		else if (epoch_cluster(epoch) != *cluster ||
			 (went_back && strcmp(epoch, c->state.epoch) == 0))
			snprintf(next, sizeof(next), "%" PRIu64 ".%lu", *cluster,
				 cluster_epoch_count(epoch) + 1);
		else
			return 0;
		rc = write_epoch(c, epoch, next, err);
		if (rc == 0)
			snprintf(epoch, 64, "%s", next);
	} while (rc == -EEXIST);
	return rc;
}

int cluster_confirm(struct cluster *c, const char *node, const char *epoch, struct err *err)
{
	struct etcd_txn t;
	char key[KEY_MAX];

	etcd_txn_open(&t);
	etcd_put(&t, ETCD_THEN, key_of(&c->keys, "confirmed", node, key), epoch, 0);
	return cluster_write(c, &t, err);
}

int store_etcd_confirm(struct store *s, const char *node, struct err *err)
{
	struct cluster *c = cluster_of(s);
	uint64_t cluster;
	char epoch[64];
	int rc = cluster_epoch_read(c, epoch, &cluster, err);

	return rc < 0 ? rc : cluster_confirm(c, node, epoch, err);
}
