/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An attachment: one interface of one container in one network, and all that a command knows of it.
 * Steps read what earlier steps found and write what later ones need.
 */
#ifndef PLUGIN_ATTACH_H
#define PLUGIN_ATTACH_H

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include "pkg/cni/env.h"
#include "pkg/cni/result.h"
#include "pkg/datapath/datapath.h"
#include "pkg/nl/nl.h"
#include "pkg/nl/route.h"
#include "plugin/conf.h"
#include "plugin/trace.h"

struct attach {
	/* What was asked. Borrowed. */
	const struct conf *conf;
	const struct cni_env *env;
	const char *request; /* the configuration as it came, for delegates */
	size_t request_len;

	/* Where it happens. */
	int home_fd;  /* the netns that the plugin runs in */
	int netns_fd; /* the container's; -1: gone, or none was given */
	struct nl home, pod;
	char identity[LINK_ALIAS_MAX]; /* "cni:<network>:<container id>:<ifname>" */

	/* What was found and made. */
	const struct datapath *datapath; /* NULL: not known yet (plugin/choice.h) */
	struct link master;		 /* ifindex 0: not looked up */
	struct link slave;		 /* ifindex 0: not made */
	struct cni_result result;	 /* what ADD answers; in CHECK, what it answered */
	size_t first_ip;      /* from here on the result's addresses are this attachment's, */
	size_t first_route;   /* and its routes */
	struct ip *addresses; /* the same, for the datapath */
	bool is_announced_v4, is_announced_v6; /* by the kernel, as the interface came up */
	struct trace trace;		       /* how long it took */
	bool is_link_stuck; /* the interface could not be taken away: its address is not free */
};

/*
 * Opens what the verb needs. A netns that is gone is an error only for a verb that must have one:
 * code 8, and 3 where ADD was to be the first to make something in it. The plugin's own is one for
 * all of them (8), unless CNI_NETNS_OVERRIDE says so.
 */
int attach_open(struct attach *a, const struct conf *conf, const struct cni_env *env,
		struct err *err);

/* Here, so that a program that opens less can close it. */
static inline void attach_close(struct attach *a)
{
	nl_close(&a->pod);
	nl_close(&a->home);
	if (a->netns_fd >= 0)
		close(a->netns_fd);
	if (a->home_fd >= 0)
		close(a->home_fd);
	free(a->addresses);
	cni_result_free(&a->result);
}

/* Whose a thing of an attachment is, as far as an alias has room. */
void attach_identity(const char *network, const char *container_id, const char *ifname,
		     char out[static LINK_ALIAS_MAX]);

/* The two sides for the datapath: the pod's and the master's, which may be one. */
struct datapath_ns attach_ns(struct attach *a);

/* What the datapath is to make, or to have made. */
struct datapath_spec attach_spec(struct attach *a);

/* Whether an address of the result is this attachment's, and not of another in the chain. */
bool attach_owns_ip(const struct attach *a, const struct cni_ip *ip);

/* The route that is made of one in the result. */
struct route attach_route(const struct attach *a, const struct cni_route *r);

#endif
