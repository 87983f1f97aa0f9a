// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/compare.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/rtnetlink.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"
#include "pkg/netns/netns.h"
#include "pkg/nl/addr.h"
#include "pkg/nl/route.h"
#include "pkg/nl/rule.h"

#define IP6_PRIORITY 1024 /* of a route that is made without one: IP6_RT_PRIO_USER */

/* ---- the interface ------------------------------------------------------------------------- */

static const struct cni_interface *find_interface(const struct attach *a)
{
	for (size_t i = 0; i < a->result.n_interfaces; i++) {
		const struct cni_interface *it = &a->result.interfaces[i];

		if (it->name && strcmp(it->name, a->env->ifname) == 0 && it->sandbox &&
		    it->sandbox[0])
			return it;
	}
	return NULL;
}

/* One netns has many paths; of one that cannot be opened the path is all that is known. */
static bool is_here(const struct attach *a, const char *sandbox)
{
	int fd = -1;
	bool is_same;

	if (strcmp(sandbox, a->env->netns) == 0)
		return true;
	if (netns_open(sandbox, &fd, NULL) < 0)
		return false;
	is_same = netns_is_same(fd, a->netns_fd);
	close(fd);
	return is_same;
}

static int check_mtu(const struct attach *a, const struct cni_interface *want, struct err *err)
{
	if (want->mtu && a->slave.mtu != want->mtu)
		return err_set(err, CNI_ERR_CHANGED, -EINVAL,
			       "interface %s: its MTU is %u, should be %lld", a->env->ifname,
			       a->slave.mtu, (long long)want->mtu);
	if (a->master.ifindex && a->slave.mtu > a->master.mtu)
		return err_set(
			err, CNI_ERR_CHANGED, -EINVAL,
			"interface %s: its MTU is %u, and its master %s carries no more than %u",
			a->env->ifname, a->slave.mtu, a->master.name, a->master.mtu);
	return 0;
}

int compare_interface(struct attach *a, struct err *err)
{
	const struct cni_interface *want = find_interface(a);
	char mac[32 * 3], master_mac[32 * 3];

	if (!want)
		return err_set(err, CNI_ERR_CHANGED, -ENOENT,
			       "prevResult: it has no interface %s in a container", a->env->ifname);
	if (!is_here(a, want->sandbox))
		return err_set(err, CNI_ERR_CHANGED, -EINVAL,
			       "interface %s: its netns is %s, should be %s, says prevResult",
			       a->env->ifname, a->env->netns, want->sandbox);
	/* One that follows its master is as it should be, whatever the master's was. */
	link_mac_format(&a->slave, mac);
	link_mac_format(&a->master, master_mac);
	if (want->mac && want->mac[0] && strcasecmp(want->mac, mac) != 0 &&
	    strcmp(mac, master_mac) != 0)
		return err_set(err, CNI_ERR_CHANGED, -EINVAL,
			       "interface %s: its MAC address is %s, should be %s", a->env->ifname,
			       mac, want->mac);
	return check_mtu(a, want, err);
}

/* ---- addresses ----------------------------------------------------------------------------- */

/* The address itself may be there with another length. */
static int missing(const struct attach *a, const struct prefix *want, const struct prefix *found,
		   size_t n, struct err *err)
{
	char text[PREFIX_STR_MAX];

	for (size_t i = 0; i < n; i++)
		if (ip_cmp(&found[i].ip, &want->ip) == 0)
			return err_set(err, CNI_ERR_CHANGED, -ENOENT,
				       "interface %s: address %s has the length %u", a->env->ifname,
				       prefix_format(want, text), found[i].len);
	return err_set(err, CNI_ERR_CHANGED, -ENOENT, "interface %s: address %s is gone",
		       a->env->ifname, prefix_format(want, text));
}

int compare_addresses(struct attach *a, struct err *err)
{
	cleanup_free struct prefix *found = NULL;
	size_t n = 0;
	int rc = addr_list(&a->pod, a->slave.ifindex, &found, &n, err);

	for (size_t i = 0; rc == 0 && i < a->result.n_ips; i++) {
		const struct prefix *want = &a->result.ips[i].address;
		size_t k = 0;

		if (!attach_owns_ip(a, &a->result.ips[i]))
			continue;
		while (k < n && (ip_cmp(&found[k].ip, &want->ip) || found[k].len != want->len))
			k++;
		if (k == n)
			rc = missing(a, want, found, n, err);
	}
	return rc;
}

/* ---- routes -------------------------------------------------------------------------------- */

/* What of a route is compared, in this order. */
enum { TABLE, GATEWAY, PRIORITY, MTU, ADVMSS, SCOPE, SAME };

static const char *const names[] = { "table", "gateway", "priority", "mtu", "advmss", "scope" };

static uint32_t priority_of(const struct route *r)
{
	return r->priority || r->dst.ip.family == AF_INET ? r->priority : IP6_PRIORITY;
}

/* The first difference of two routes to one destination. */
static int difference(const struct route *is, const struct route *want)
{
	if (is->table != (want->table ? want->table : RT_TABLE_MAIN))
		return TABLE;
	if (ip_cmp(&is->gw, &want->gw))
		return GATEWAY;
	if (is->priority != priority_of(want))
		return PRIORITY;
	if (is->mtu != want->mtu)
		return MTU;
	if (is->advmss != want->advmss)
		return ADVMSS;
	/* IPv6 has no scopes: the kernel forgets what it is told. */
	if (is->dst.ip.family == AF_INET && is->scope != route_scope(want))
		return SCOPE;
	return SAME;
}

static void value_of(const struct route *r, int what, char out[static IP_STR_MAX])
{
	const uint32_t numbers[] = {
		[TABLE] = r->table ? r->table : RT_TABLE_MAIN,
		[PRIORITY] = priority_of(r),
		[MTU] = r->mtu,
		[ADVMSS] = r->advmss,
		[SCOPE] = route_scope(r),
	};

	if (what != GATEWAY)
		snprintf(out, IP_STR_MAX, "%u", numbers[what]);
	else if (ip_is_set(&r->gw))
		ip_format(&r->gw, out);
	else
		strcpy(out, "none");
}

static int compare_route(const struct route *want, const struct route *found, size_t n,
			 struct err *err)
{
	char dst[PREFIX_STR_MAX], is[IP_STR_MAX], should[IP_STR_MAX];
	const struct route *nearest = NULL;
	int least = -1;

	for (size_t i = 0; i < n; i++) {
		int same;

		if (found[i].dst.len != want->dst.len ||
		    ip_cmp(&found[i].dst.ip, &want->dst.ip) != 0)
			continue;
		same = difference(&found[i], want);
		if (same > least) {
			least = same;
			nearest = &found[i];
		}
	}
	if (least == SAME)
		return 0;
	prefix_format(&want->dst, dst);
	if (!nearest)
		return err_set(err, CNI_ERR_CHANGED, -ENOENT, "container: route %s is gone", dst);
	value_of(nearest, least, is);
	value_of(want, least, should);
	return err_set(err, CNI_ERR_CHANGED, -EINVAL,
		       "container: route %s: its %s is %s, should be %s", dst, names[least], is,
		       should);
}

static bool is_looked_up(uint32_t table, const uint32_t *tables, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (tables[i] == table || tables[i] == RULE_TABLE_OF_VRF)
			return true;
	return false;
}

/*
 * Where nobody said which table, what comes later in a chain may have taken the route into one of
 * its own (sbr, vrf): any will do that a rule looks up.
 */
static int find_moved(struct attach *a, struct route *found, size_t n, struct err *err)
{
	cleanup_free uint32_t *tables = NULL;
	size_t n_tables = 0;
	int rc = rule_tables(&a->pod, &tables, &n_tables, err);

	for (size_t i = 0; rc == 0 && i < n; i++)
		if (is_looked_up(found[i].table, tables, n_tables))
			found[i].table = RT_TABLE_MAIN;
	return rc;
}

int compare_routes(struct attach *a, struct err *err)
{
	cleanup_free struct route *found = NULL, *moved = NULL;
	size_t n = 0;
	int rc = route_list(&a->pod, 0, &found, &n, err);

	if (rc < 0)
		return rc;
	moved = mem_new(n, sizeof(*moved));
	if (n)
		memcpy(moved, found, n * sizeof(*moved));
	rc = find_moved(a, moved, n, err);
	for (size_t i = 0; rc == 0 && i < a->result.n_routes; i++) {
		struct route want = attach_route(a, &a->result.routes[i]);

		rc = compare_route(&want, want.table ? found : moved, n, err);
	}
	return rc;
}
