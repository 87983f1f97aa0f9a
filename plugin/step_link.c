// SPDX-License-Identifier: GPL-2.0-or-later
/* The interface itself, by way of the datapath. */
#include <stdio.h>
#include <string.h>
#include "pkg/base/mem.h"
#include "plugin/choice.h"
#include "plugin/compare.h"
#include "plugin/steps.h"

static void add_to_result(struct attach *a)
{
	struct cni_interface *i = cni_result_add_interface(&a->result, a->env->ifname);
	char mac[32 * 3];

	i->mac = mem_str(link_mac_format(&a->slave, mac));
	i->sandbox = mem_str(a->env->netns);
	i->mtu = a->slave.mtu;
	for (size_t n = a->first_ip; n < a->result.n_ips; n++)
		a->result.ips[n].interface = (int)a->result.n_interfaces - 1;
}

static int apply(struct attach *a, struct err *err)
{
	int rc = choice_attach(a, err);

	if (rc == 0)
		add_to_result(a);
	return rc;
}

static int revert(struct attach *a, struct err *err)
{
	int rc = choice_detach(a, err);

	a->is_link_stuck = rc < 0;
	return rc;
}

/* An interface that is there says which datapath made it; what is of none, the kernel's tells. */
static int verify(struct attach *a, struct err *err)
{
	struct datapath_ns ns = attach_ns(a);
	struct datapath_spec spec;
	struct link l;
	int rc;

	if (link_by_name(&a->pod, a->env->ifname, &l, NULL) == 0)
		a->datapath = choice_of_link(&l);
	if (!a->datapath)
		a->datapath = &datapath_kernel;
	spec = attach_spec(a);
	rc = a->datapath->verify(&ns, &spec, &a->slave, err);
	return rc < 0 ? rc : compare_interface(a, err);
}

/* ---- ready --------------------------------------------------------------------------------- */

static int ready(struct attach *a, struct err *err)
{
	struct err why = { 0 };
	int rc;

	if (!a->master.ifindex)
		return 0; /* in the container, which is not there yet */
	rc = choice_probe(a, &why);
	return rc < 0 ? err_recode(err, CNI_ERR_UNAVAILABLE, rc, &why) : 0;
}

/* ---- retain -------------------------------------------------------------------------------- */

static bool is_valid(const char *identity, void *ctx)
{
	const struct conf *conf = ctx;

	for (size_t i = 0; i < conf->n_valid; i++) {
		char valid[LINK_ALIAS_MAX];

		attach_identity(conf->name, conf->valid[i].container_id, conf->valid[i].ifname,
				valid);
		if (strcmp(identity, valid) == 0)
			return true;
	}
	return false;
}

/*
 * Whichever datapath they are of. Not seen are those on a master inside their container: they go
 * with it.
 */
static int retain(struct attach *a, struct err *err)
{
	static const struct datapath *const datapaths[] = { &datapath_kernel, &datapath_ebpf };
	struct datapath_ns ns = attach_ns(a);
	char prefix[LINK_ALIAS_MAX];
	int first = 0;

	snprintf(prefix, sizeof(prefix), "cni:%.190s:", a->conf->name);
	for (size_t i = 0; i < sizeof(datapaths) / sizeof(*datapaths); i++) {
		struct err why = { 0 };
		int rc = datapaths[i]->retain(&ns, prefix, is_valid, (void *)a->conf, &why);

		err_join(err, &why);
		if (rc < 0 && first == 0)
			first = rc;
	}
	a->is_link_stuck = first < 0;
	return first;
}

const struct step step_link = {
	.name = "link",
	.apply = apply,
	.revert = revert,
	.verify = verify,
	.ready = ready,
	.retain = retain,
};
