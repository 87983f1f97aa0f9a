// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is who: a node is known to the engine, and knows it, before it gives anything. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "pkg/ipam/cluster.h"

/* ---- the first meeting --------------------------------------------------------------------- */

static int note_block(struct etcd_kv *kv, void *ctx)
{
	struct cluster *c = ctx;
	struct ip ip;

	if (strcmp(kv->value, c->conf.node) == 0 && key_ip(kv->key, &ip))
		ips_append(&c->spare, &ip);
	return 0;
}

/* What the engine says that we hold goes into the book, which may have been lost. */
static int note_own(struct etcd_kv *kv, void *ctx)
{
	struct cluster *c = ctx;
	struct facts facts;
	struct owner o;
	const char *node;
	struct ip ip;
	int64_t since_s;
	int rc = 0;

	if (!key_ip(kv->key, &ip) ||
	    !key_split_owner(kv->key + (key_owner_part(&c->keys, kv->key) - kv->key), &node, &o))
		return 0;
	value_parse(kv->value, &facts, &since_s);
	rc = cluster_lock(c, NULL);
	if (rc == 0) {
		c->book->terms.facts = &facts;
		rc = c->book->ops->reserve(c->book, &ip, &o, NULL);
		c->book->terms.facts = c->store.terms.facts;
	}
	return rc == -EEXIST ? 0 : rc;
}

static int first_meeting(struct cluster *c, struct err *err)
{
	char prefix[KEY_MAX], epoch[64];
	struct ips blocks;
	uint64_t cluster;
	int rc = cluster_epoch_find(c, false, epoch, &cluster, err);

	c->spare.count = 0;
	if (rc == 0)
		rc = cluster_each(c, key_of(&c->keys, "block", "", prefix), note_block, c, err);
	blocks = c->spare;
	c->spare = (struct ips){ 0 };
	if (rc == 0)
		rc = cluster_each(c, key_of_owner(&c->keys, NULL, NULL, prefix), note_own, c, err);
	/* A node that comes from host-local brings what its pods hold. */
	if (rc == 0)
		rc = cluster_say_all(c, err);
	if (rc == 0)
		rc = cluster_confirm(c, c->conf.node, epoch, err);
	if (rc == 0)
		rc = cluster_lock(c, err);
	if (rc == 0) {
		c->state.cluster = cluster;
		c->state.is_settled = cluster_epoch_count(epoch) == 0;
		snprintf(c->state.epoch, sizeof(c->state.epoch), "%s", epoch);
		ips_free(&c->state.blocks);
		c->state.blocks = blocks;
		return 0;
	}
	ips_free(&blocks);
	return rc;
}

/* ---- registering --------------------------------------------------------------------------- */

static uint32_t seen_ttl_s(const struct cluster *c)
{
	return c->conf.node_timeout_s ? c->conf.node_timeout_s : CLUSTER_SEEN_TTL_S;
}

static int refuse_name(const struct cluster *c, const char *theirs, const char *ours,
		       struct err *err)
{
	const char *line = strstr(theirs, "machine=");

	if (!line || strncmp(line + strlen("machine="), ours, strlen(ours)) == 0)
		return 0;
	return err_set(err, CNI_ERR_CONFIG, -EINVAL,
		       "ipam.node: another machine (machine-id %.32s) has the name \"%s\"; each "
		       "node needs one of its own",
		       line + strlen("machine="), c->conf.node);
}

static int register_node(struct cluster *c, struct err *err)
{
	char key[KEY_MAX], value[FACTS_MAX];
	struct etcd_txn t;
	struct facts here;
	int64_t lease;
	int rc;

	facts_here(&here);
	rc = cluster_value(c, key_of(&c->keys, "node", c->conf.node, key), value, sizeof(value),
			   err);
	if (rc > 0)
		rc = refuse_name(c, value, here.machine, err);
	if (rc == 0)
		rc = etcd_lease_grant(c->etcd, seen_ttl_s(c), &lease, err);
	if (rc < 0)
		return rc;
	etcd_txn_open(&t);
	etcd_put(&t, ETCD_THEN, key, facts_format(&here, value), lease);
	rc = cluster_write(c, &t, err);
	if (rc == 0)
		rc = cluster_lock(c, err);
	if (rc == 0)
		c->state.registered_s = time(NULL);
	return rc;
}

int cluster_meet(struct cluster *c, struct err *err)
{
	int64_t since_s;
	int rc = c->state.cluster ? 0 : first_meeting(c, err);

	if (rc < 0)
		return rc;
	since_s = time(NULL) - c->state.registered_s;
	/* A quarter of the time: one failure or two do not count. A clock may be set back. */
	if (since_s < 0 || since_s > seen_ttl_s(c) / 4)
		rc = register_node(c, err);
	return rc;
}
