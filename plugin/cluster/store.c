// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/ipam_store.h"

#include "plugin/cluster/conf.h"

/* One store a process: its configuration lives as long as that. */
int ipam_store_open(const struct attach *a, bool create, struct store **s, struct err *err)
{
	static struct cluster_keys keys;
	struct json root = json_root(a->conf->doc);
	int rc;

	cluster_conf_free(&keys);
	rc = cluster_conf_parse(&root, a->conf, &keys, err);
	return rc < 0 ? rc : store_etcd_open(&keys.conf, a->conf->name, create, s, err);
}
