// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/ipam_access.h"

#include <stdio.h>
#include "plugin/ipam_store.h"

struct owner ipam_owner(const struct attach *a)
{
	return (struct owner){ .container_id = a->env->container_id, .ifname = a->env->ifname };
}

struct pool ipam_pool(const struct attach *a)
{
	const struct ipam_conf *ipam = &a->conf->ipam;

	return (struct pool){ .sets = ipam->sets,
			      .n_sets = ipam->n_sets,
			      .requested = ipam->requested,
			      .n_requested = ipam->n_requested,
			      .exclude = ipam->exclude,
			      .n_exclude = ipam->n_exclude,
			      .reserved = ipam->reserved,
			      .n_reserved = ipam->n_reserved,
			      .is_sticky = ipam->is_sticky };
}

/* What is known of this attachment, kept with its addresses. */
static void know(struct attach *a, struct lifetime *l, struct facts *f)
{
	const struct conf *conf = a->conf;

	lifetime_open(l, &a->home, a->netns_fd, &a->pod);
	*f = l->here;
	snprintf(f->netns, sizeof(f->netns), "%s", a->env->netns);
	snprintf(f->pod_namespace, sizeof(f->pod_namespace), "%s", conf->pod_namespace);
	snprintf(f->pod_name, sizeof(f->pod_name), "%s", conf->pod_name);
	f->is_sticky = conf->ipam.is_sticky;
	f->is_rested = conf->ipam.cooldown_s > 0;
}

void ipam_access_close(struct ipam_access *x)
{
	if (x->s)
		x->s->ops->close(x->s);
}

/* What asks the kernel comes before the lock, which others wait for. */
int ipam_access_open(struct attach *a, bool create, struct ipam_access *x, struct err *err)
{
	int rc;

	know(a, &x->lifetime, &x->facts);
	rc = ipam_store_open(a, create, &x->s, err);
	if (rc == 0 && x->s)
		x->s->terms = (struct terms){ .facts = &x->facts,
					      .cooldown_s = a->conf->ipam.cooldown_s,
					      .is_gone = lifetime_is_over,
					      .ctx = &x->lifetime };
	return rc;
}
