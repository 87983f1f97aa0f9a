// SPDX-License-Identifier: GPL-2.0-or-later
/* Reservations, interfaces, and what is left of those that are gone. */
#include <stdio.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/datapath/ebpf_view.h"
#include "plugin/tool/doctor.h"
#include "plugin/tool/fullness.h"

#define NEAR_END_PERCENT 90

/* The configuration that gives a network its addresses from the directory that is looked at. */
static const struct configured *conf_of(const struct doctor *d, const char *network)
{
	for (size_t i = 0; i < d->n_confs; i++) {
		const struct configured *c = &d->confs[i];

		if (c->is_ours && !err_is_set(&c->refused) && strcmp(c->network, network) == 0 &&
		    c->conf.ipam.kind == IPAM_HOST_LOCAL &&
		    strcmp(c->conf.ipam.data_dir, d->o->data_dir) == 0)
			return c;
	}
	return NULL;
}

/* ---- reservations --------------------------------------------------------------------------- */

static void each_in_state(struct doctor *d, const char *state,
			  void (*fn)(struct doctor *d, const struct listed *r, const char *address))
{
	const struct listing *all = &d->attachments.reservations;
	char address[IP_STR_MAX];

	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->v[i].state, state) == 0)
			fn(d, &all->v[i], ip_format(&all->v[i].ip, address));
}

static void tell_stale(struct doctor *d, const struct listed *r, const char *address)
{
	doctor_find(d, "%s in network %s: nobody can be using it (%s)", address, r->network,
		    r->why);
}

static void reservation_leaked(struct doctor *d)
{
	each_in_state(d, "stale", tell_stale);
}

static void free_leaked(struct doctor *d)
{
	char **networks = networks_list(d->o);

	for (char **name = networks; *name; name++) {
		struct err err = { 0 };
		struct store *s = NULL;
		size_t freed;

		if (!networks_open_store(d->o, d->node, *name, &s))
			continue;
		if (store_dir_reclaim(s, &freed, &err) < 0)
			log_warn("%s", err.msg);
		s->ops->close(s);
	}
	mem_strs_free(networks);
}

static void tell_foreign(struct doctor *d, const struct listed *r, const char *address)
{
	doctor_find(d, "%s in network %s: what has this name in %s is no reservation", address,
		    r->network, d->o->data_dir);
}

static void reservation_foreign(struct doctor *d)
{
	each_in_state(d, "foreign", tell_foreign);
}

static void tell_quarantined(struct doctor *d, const struct listed *r, const char *address)
{
	if (r->facts.in_use_by[0])
		doctor_find(d, "%s in network %s is used by %s, which is no pod of ours", address,
			    r->network, r->facts.in_use_by);
}

static void address_quarantined(struct doctor *d)
{
	each_in_state(d, "resting", tell_quarantined);
}

/* Another plugin's, which knows nothing of netns and boots, is never proven dead. */
static void network_unconfigured(struct doctor *d)
{
	const struct listing *all = &d->attachments.reservations;
	const char *told = "";

	for (size_t i = 0; i < all->count; i++) {
		const char *network = all->v[i].network;
		bool is_configured = strcmp(network, told) == 0;

		for (size_t k = 0; k < d->n_confs; k++)
			is_configured |= d->confs[k].network &&
					 strcmp(d->confs[k].network, network) == 0;
		if (is_configured)
			continue;
		told = network;
		doctor_find(d,
			    "there are reservations of network %s in %s, and no configuration "
			    "in %s",
			    network, d->o->data_dir, d->o->conf_dir);
	}
}

/* ---- pools ---------------------------------------------------------------------------------- */

static double percent_of(const struct fullness *f)
{
	return f->size > 0 ? 100 * (double)(f->held + f->resting) / f->size : 100;
}

static void tell_fullness(struct doctor *d, const struct fullness *f)
{
	char first[IP_STR_MAX], last[IP_STR_MAX], size[32];

	doctor_find(d, "network %s: %zu of %s addresses of %s-%s are in use", f->network,
		    f->held + f->resting, fullness_number(f->size, size),
		    ip_format(&f->range->start, first), ip_format(&f->range->end, last));
}

static void note_near_end(const struct fullness *f, void *ctx)
{
	if (percent_of(f) >= NEAR_END_PERCENT && percent_of(f) < 100)
		tell_fullness(ctx, f);
}

static void note_full(const struct fullness *f, void *ctx)
{
	if (percent_of(f) >= 100)
		tell_fullness(ctx, f);
}

static void each_pool(struct doctor *d, void (*fn)(const struct fullness *f, void *ctx))
{
	for (size_t i = 0; i < d->n_confs; i++)
		if (d->confs[i].network && conf_of(d, d->confs[i].network) == &d->confs[i])
			fullness_each(&d->confs[i].conf, &d->attachments.reservations, fn, d);
}

static void pool_near_end(struct doctor *d)
{
	each_pool(d, note_near_end);
}

static void pool_full(struct doctor *d)
{
	each_pool(d, note_full);
}

/* ---- interfaces ----------------------------------------------------------------------------- */

static void interface_leaked(struct doctor *d)
{
	for (size_t i = 0; i < d->attachments.count; i++) {
		const struct attachment *a = &d->attachments.v[i];

		if (!a->first && conf_of(d, a->network))
			doctor_find(d,
				    "%s of container %s in network %s holds no address: another "
				    "pod may get the one it has",
				    a->ifname, a->container_id, a->network);
	}
}

static void note_gone(const struct ebpf_pod *pod, void *ctx)
{
	if (pod->is_gone)
		doctor_find(ctx, "a pod by eBPF on %s is gone, and its place is not",
			    pod->master[0] ? pod->master : "a master that is gone too");
}

static void ebpf_leftover(struct doctor *d)
{
	ebpf_view(&d->node->home, note_gone, d, NULL);
}

static void frames_dropped(struct doctor *d)
{
	for (size_t i = 0; i < d->attachments.count; i++) {
		const struct attachment *a = &d->attachments.v[i];
		uint64_t spoofed = a->drops[IPVLAN_BPF_DROP_TX_SOURCE] +
				   a->drops[IPVLAN_BPF_DROP_TX_ARP_SENDER] +
				   a->drops[IPVLAN_BPF_DROP_TX_ND_SENDER] +
				   a->drops[IPVLAN_BPF_DROP_TX_MAC];

		if (spoofed)
			doctor_find(
				d, "%s of container %s: %llu frames in another's name were dropped",
				a->ifname, a->container_id, (unsigned long long)spoofed);
	}
}

const struct check doctor_state[] = {
	{ "reservation-leaked", SEVERITY_WARNING, "ipvlan gc", reservation_leaked, free_leaked },
	{ "reservation-foreign", SEVERITY_WARNING, "see what it is, and move it elsewhere",
	  reservation_foreign, NULL },
	{ "address-quarantined", SEVERITY_WARNING,
	  "find that host, or exclude its address; ipvlan ipam free ADDRESS once it is away",
	  address_quarantined, NULL },
	{ "network-unconfigured", SEVERITY_NOTE,
	  "nothing, if its pods are gone too: remove the directory", network_unconfigured, NULL },
	{ "pool-full", SEVERITY_ERROR, "widen the range, or let it be shared by less", pool_full,
	  NULL },
	{ "pool-near-end", SEVERITY_WARNING, "widen the range before the next pod finds it full",
	  pool_near_end, NULL },
	{ "interface-leaked", SEVERITY_WARNING,
	  "ipvlan ipam check tells which; end the container, and start it anew", interface_leaked,
	  NULL },
	{ "ebpf-leftover", SEVERITY_NOTE, "nothing: the next ADD, DEL or GC takes it away",
	  ebpf_leftover, doctor_mend_ebpf },
	{ "frames-dropped", SEVERITY_NOTE,
	  "ipvlan show ID tells which; pods that need addresses of their own: \"antiSpoof\": false",
	  frames_dropped, NULL },
	{ 0 },
};
