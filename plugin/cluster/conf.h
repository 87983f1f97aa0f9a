/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "ipam" has for the type ipvlan-cluster beside host-local's keys: where etcd is, and who we are. */
#ifndef PLUGIN_CLUSTER_CONF_H
#define PLUGIN_CLUSTER_CONF_H

#include "pkg/cni/json.h"
#include "pkg/ipam/store_etcd.h"
#include "plugin/conf.h"

#define CLUSTER_TYPE	   "ipvlan-cluster"
#define CLUSTER_TIMEOUT_MS 5000

struct cluster_keys {
	struct cluster_conf conf; /* borrows from the rest, and from the configuration */
	const char **endpoints;	  /* owned */
	char password[256], host[256];
};

/*
 * conf: read already, and kept as long as *keys is. Code 7: a key's path and value, or the file of
 * the password. Free with cluster_conf_free(), also after an error.
 */
int cluster_conf_parse(const struct json *root, const struct conf *conf, struct cluster_keys *keys,
		       struct err *err);
void cluster_conf_free(struct cluster_keys *keys);

#endif
