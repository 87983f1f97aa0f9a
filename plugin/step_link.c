// SPDX-License-Identifier: GPL-2.0-or-later
/* The interface itself, by way of the datapath. */
#include "pkg/base/mem.h"
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
	struct datapath_ns ns = attach_ns(a);
	struct datapath_spec spec = attach_spec(a);
	int rc = a->datapath->attach(&ns, &spec, &a->slave, err);

	if (rc == 0)
		add_to_result(a);
	return rc;
}

static int revert(struct attach *a, struct err *err)
{
	int rc;

	if (a->netns_fd < 0)
		return 0;
	rc = a->datapath->detach(&a->pod, a->env->ifname, a->identity, err);
	a->is_link_stuck = rc < 0;
	return rc;
}

static int verify(struct attach *a, struct err *err)
{
	struct datapath_ns ns = attach_ns(a);
	struct datapath_spec spec = attach_spec(a);

	return a->datapath->verify(&ns, &spec, &a->slave, err);
}

const struct step step_link = {
	.name = "link",
	.apply = apply,
	.revert = revert,
	.verify = verify,
};
