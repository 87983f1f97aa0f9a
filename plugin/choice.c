// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/choice.h"

#include <errno.h>
#include <string.h>

/* In the order of preference. */
static const struct datapath *const all[] = { &datapath_kernel, &datapath_ebpf };

#define N_ALL (sizeof(all) / sizeof(*all))

/* From outside of the pod alone are its programs out of its reach. */
static int check_place(const struct attach *a, struct err *err)
{
	if (!a->conf->link_in_container)
		return 0;
	return err_set(err, CNI_ERR_FIELD, -EINVAL,
		       "linkInContainer: true: the eBPF datapath needs a master that is not in the "
		       "container");
}

static bool may_be(const struct attach *a, const struct datapath *d)
{
	if (a->conf->datapath)
		return strcmp(a->conf->datapath, d->name) == 0;
	return d != &datapath_ebpf || !a->conf->link_in_container;
}

/*
 * What keeps one datapath from this master may not keep the next: no driver (103), or a master that
 * has no room for it (101). Where it has room, for slaves of another mode than this one (EEXIST),
 * what came beside them by another datapath would not reach them. The first one's words are what is
 * told, unless a later one was the one to take and failed.
 */
static bool is_worth_another(const struct attach *a, int rc, const struct err *why)
{
	return !a->conf->datapath &&
	       (why->code == CNI_ERR_DATAPATH || (why->code == CNI_ERR_MASTER && rc != -EEXIST));
}

static int attach_by(struct attach *a, const struct datapath *d, struct err *err)
{
	struct datapath_ns ns = attach_ns(a);
	struct datapath_spec spec;
	int rc = d == &datapath_ebpf ? check_place(a, err) : 0;

	a->datapath = d;
	spec = attach_spec(a);
	return rc < 0 ? rc : d->attach(&ns, &spec, &a->slave, err);
}

/*
 * Where pods of this master are on eBPF already, others are too: asking the kernel for a kind that
 * it has no driver for makes it look for one, in milliseconds.
 */
static bool is_settled(struct attach *a)
{
	struct datapath_ns ns = attach_ns(a);

	return !a->conf->datapath && !a->conf->link_in_container &&
	       datapath_ebpf_is_on(&ns, &a->master);
}

int choice_attach(struct attach *a, struct err *err)
{
	struct err first = { 0 };
	int rc = -EOPNOTSUPP;

	if (is_settled(a))
		return attach_by(a, &datapath_ebpf, err);
	for (size_t i = 0; i < N_ALL; i++) {
		struct err why = { 0 };

		if (!may_be(a, all[i]))
			continue;
		rc = attach_by(a, all[i], &why);
		if (rc == 0)
			return 0;
		if (!err_is_set(&first) || !is_worth_another(a, rc, &why))
			first = why;
		if (!is_worth_another(a, rc, &why))
			break;
	}
	if (!err_is_set(err) && err)
		*err = first;
	return rc;
}

int choice_probe(struct attach *a, struct err *err)
{
	struct datapath_ns ns = attach_ns(a);
	struct datapath_spec spec = attach_spec(a);
	struct err first = { 0 };
	int rc = -EOPNOTSUPP;

	if (is_settled(a)) {
		a->datapath = &datapath_ebpf;
		return 0;
	}
	for (size_t i = 0; i < N_ALL; i++) {
		struct err why = { 0 };

		if (!may_be(a, all[i]))
			continue;
		rc = all[i]->probe(&ns, &spec, &why);
		if (rc == 0) {
			a->datapath = all[i];
			return 0;
		}
		if (!err_is_set(&first))
			first = why;
		if (!is_worth_another(a, rc, &why))
			break;
	}
	if (!err_is_set(err) && err)
		*err = first;
	return rc;
}

const struct datapath *choice_of_link(const struct link *slave)
{
	for (size_t i = 0; i < N_ALL; i++)
		if (strcmp(slave->kind, all[i]->kind) == 0)
			return all[i];
	return NULL;
}

/*
 * A pod's ipvlan interface is all that there is of it. Where there is none, or the pod itself is
 * gone, the host's netns may still have something.
 */
int choice_detach(struct attach *a, struct err *err)
{
	struct datapath_ns ns = attach_ns(a);
	struct link l;
	int rc;

	if (a->datapath)
		return a->datapath->detach(&ns, a->env->ifname, a->identity, err);
	if (ns.pod && link_by_name(ns.pod, a->env->ifname, &l, NULL) == 0 &&
	    choice_of_link(&l) == &datapath_kernel)
		return datapath_kernel.detach(&ns, a->env->ifname, a->identity, err);
	rc = datapath_ebpf.detach(&ns, a->env->ifname, a->identity, err);
	return rc < 0 ? rc : datapath_kernel.detach(&ns, a->env->ifname, a->identity, err);
}
