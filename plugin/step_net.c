// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is on the interface: addresses, up, routes; and lo up. No revert: all of it goes with the
 * interface, and lo stays up, as every container has it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/rtnetlink.h>
#include "pkg/base/cleanup.h"
#include "pkg/netns/netns.h"
#include "pkg/nl/addr.h"
#include "pkg/nl/route.h"
#include "plugin/compare.h"
#include "plugin/steps.h"

#define LO_IFINDEX 1 /* in every netns */

static bool has_family(const struct attach *a, uint8_t family)
{
	for (size_t i = a->first_ip; i < a->result.n_ips; i++)
		if (a->result.ips[i].address.ip.family == family)
			return true;
	return false;
}

/*
 * The kernel announces the addresses when the interface comes up (gratuitous ARP, unsolicited NA),
 * so that neighbours forget who had them before. Where a kernel has no such key, or /proc/sys
 * cannot be written, the rest goes on.
 */
static void set_own_sysctls(struct attach *a)
{
	const char *ifname = a->env->ifname;

	if (has_family(a, AF_INET) && a->conf->is_announced)
		a->is_announced_v4 = netns_sysctl_write("ipv4/conf", ifname, "arp_notify", "1") ==
				     0;
	if (has_family(a, AF_INET6)) {
		netns_sysctl_write("ipv6/conf", "lo", "disable_ipv6", "0");
		netns_sysctl_write("ipv6/conf", ifname, "disable_ipv6", "0");
		netns_sysctl_write("ipv6/conf", ifname, "keep_addr_on_down", "1");
		if (a->conf->is_announced)
			a->is_announced_v6 =
				netns_sysctl_write("ipv6/conf", ifname, "ndisc_notify", "1") == 0;
	}
}

/* What the pod asked for has to be done. */
static int set_pod_sysctls(struct attach *a, struct err *err)
{
	const struct pod_conf *pod = &a->conf->pod;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < pod->n_sysctls; i++) {
		const struct sysctl *s = &pod->sysctls[i];

		rc = netns_sysctl_write(s->group, a->env->ifname, s->key, s->value);
		if (rc < 0)
			err_errno(err, CNI_ERR_KERNEL, rc,
				  "sysctl net/%s/%s/%s, asked for by the "
				  "pod: write \"%s\"",
				  s->group, a->env->ifname, s->key, s->value);
	}
	return rc;
}

static int set_sysctls(struct attach *a, struct err *err)
{
	int rc = netns_enter(a->netns_fd, err);

	if (rc < 0)
		return rc;
	set_own_sysctls(a);
	rc = set_pod_sysctls(a, err);
	netns_leave(a->home_fd);
	return rc;
}

/* The driver knows all slaves of a master: ranges of two networks on it may overlap. */
static int tell(const struct attach *a, int rc, const struct err *why, struct err *err)
{
	if (rc != -EADDRINUSE)
		return rc < 0 ? err_recode(err, why->code, rc, why) : rc;
	err_set(err, CNI_ERR_ADDRESS, rc, "%s: another pod on master %s, or the node, has it",
		why->msg, a->master.name);
	err_details(err, "%s; `ipvlan list` says which, if ranges of two networks overlap",
		    why->details);
	return rc;
}

static int apply(struct attach *a, struct err *err)
{
	struct err why = { 0 };
	struct nl_batch b;
	int rc = set_sysctls(a, err);

	if (rc < 0)
		return rc;
	nl_batch_begin(&b, &a->pod, NULL, NULL, &why);
	link_put_up(&b, LO_IFINDEX, "lo");
	/* Addresses first: what is announced when the interface comes up is what it has then. */
	for (size_t i = a->first_ip; i < a->result.n_ips; i++)
		addr_put_new(&b, a->slave.ifindex, &a->result.ips[i].address);
	link_put_up(&b, a->slave.ifindex, a->env->ifname);
	for (size_t i = a->first_route; i < a->result.n_routes; i++) {
		struct route r = attach_route(a, &a->result.routes[i]);

		route_put_new(&b, &r);
	}
	return tell(a, nl_batch_commit(&b), &why, err);
}

/* ---- verify -------------------------------------------------------------------------------- */

static int verify_sysctls(struct attach *a, struct err *err)
{
	const struct pod_conf *pod = &a->conf->pod;
	char is[sizeof(pod->sysctls->value)];
	int rc = pod->n_sysctls ? netns_enter(a->netns_fd, err) : 0;

	if (rc < 0 || !pod->n_sysctls)
		return rc;
	for (size_t i = 0; rc == 0 && i < pod->n_sysctls; i++) {
		const struct sysctl *s = &pod->sysctls[i];

		rc = netns_sysctl_read(s->group, a->env->ifname, s->key, is, sizeof(is));
		if (rc < 0 || strcmp(is, s->value) != 0)
			rc = err_set(err, CNI_ERR_CHANGED, -EINVAL,
				     "sysctl net/%s/%s/%s is \"%s\", should be \"%s\"", s->group,
				     a->env->ifname, s->key, rc < 0 ? "" : is, s->value);
	}
	netns_leave(a->home_fd);
	return rc;
}

static int verify(struct attach *a, struct err *err)
{
	int rc = compare_addresses(a, err);

	if (rc == 0)
		rc = compare_routes(a, err);
	return rc < 0 ? rc : verify_sysctls(a, err);
}

const struct step step_net = {
	.name = "net",
	.apply = apply,
	.verify = verify,
};
