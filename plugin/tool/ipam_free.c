// SPDX-License-Identifier: GPL-2.0-or-later
/* Takes reservations away by hand. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "plugin/tool/ipam.h"

static const struct listed *find(const struct listing *l, const struct ip *ip)
{
	for (size_t i = 0; i < l->count; i++)
		if (ip_cmp(&l->v[i].ip, ip) == 0)
			return &l->v[i];
	return NULL;
}

/* 1 done, 0 not this network's, -1 refused or failed. */
static int free_one(const struct tool_options *o, struct store *s, const char *network,
		    const struct ip *ip)
{
	struct listing l = { 0 };
	const struct listed *r;
	char address[IP_STR_MAX];
	struct err err = { 0 };
	int rc = networks_read(s, network, &l) ? 0 : -1;

	ip_format(ip, address);
	r = find(&l, ip);
	if (r && strcmp(r->state, "held") == 0 && !o->is_forced) {
		log_warn(
			"%s in network %s is held by %s of container %s, and nothing proves that it "
			"is gone; with --force it is freed all the same",
			address, network, r->ifname, r->container_id);
		rc = -1;
	} else if (r) {
		rc = store_dir_free(s, ip, &err);
		if (rc < 0)
			log_warn("%s", err.msg);
		else
			printf("%s in network %s: free\n", address, network);
		rc = rc < 0 ? -1 : 1;
	}
	networks_forget(&l);
	return rc;
}

int ipam_free(const struct tool_options *o, struct node *n)
{
	char **networks = networks_list(o);
	int status = o->n_args ? 0 : 2;

	if (!o->n_args)
		log_warn("ipam free: which address? (ipvlan ipam --help)");
	for (int i = 0; i < o->n_args; i++) {
		struct ip ip;
		int done = 0;

		if (ip_parse(o->args[i], &ip) < 0) {
			log_warn("%s: not an IP address", o->args[i]);
			status = 2;
			continue;
		}
		for (char **name = networks; *name && done >= 0; name++) {
			struct store *s = NULL;
			int rc = -1;

			if (networks_open_store(o, n, *name, &s)) {
				rc = free_one(o, s, *name, &ip);
				s->ops->close(s);
			}
			done = rc < 0 ? rc : done + rc;
		}
		if (done == 0)
			printf("%s: nobody holds it\n", o->args[i]);
		if (done < 0 && !status)
			status = 1;
	}
	mem_strs_free(networks);
	return status;
}
