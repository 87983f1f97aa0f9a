// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include "pkg/base/hash.h"
#include "pkg/base/mem.h"
#include "pkg/netns/netns.h"

void attach_identity(const char *network, const char *container_id, const char *ifname,
		     char out[static LINK_ALIAS_MAX])
{
	char all[4096];
	int len = snprintf(all, sizeof(all), "cni:%s:%s:%s", network, container_id, ifname);

	if (len < LINK_ALIAS_MAX)
		memcpy(out, all, (size_t)len + 1);
	else
		snprintf(out, LINK_ALIAS_MAX, "%.200s:%016llx", all,
			 (unsigned long long)hash_text(all));
}

static bool needs_netns(enum cni_verb verb)
{
	return verb == CNI_ADD || verb == CNI_CHECK;
}

static int open_socket(int netns_fd, int home_fd, struct nl *nl, struct err *err)
{
	int fd, rc = netns_socket(netns_fd, home_fd, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &fd, err);

	if (rc == 0)
		nl_open(nl, fd);
	return rc;
}

/* Nothing was made, by us or before us in a chain: the runtime has nothing to clean up. */
static int netns_code(const struct attach *a, int rc, const struct err *why)
{
	bool is_first = a->env->verb == CNI_ADD && !a->conf->has_prev;

	return rc == -ENOENT && is_first ? CNI_ERR_CONTAINER : why->code;
}

static int open_netns(struct attach *a, struct err *err)
{
	const char *path = a->env->netns;
	struct err why = { 0 };
	int rc;

	if (needs_netns(a->env->verb) || path[0]) {
		rc = netns_open(path, &a->netns_fd, &why);
		/* DEL: what was in a netns that is gone, is gone with it; but gone it must be. */
		if (rc < 0 && (needs_netns(a->env->verb) || (rc != -ENOENT && rc != -EINVAL)))
			return err_recode(err, netns_code(a, rc, &why), rc, &why);
	}
	if (a->netns_fd >= 0 && !a->env->netns_override && netns_is_same(a->netns_fd, a->home_fd))
		return err_set(err, CNI_ERR_NETNS, -EINVAL,
			       "CNI_NETNS=%s is the plugin's own netns, not a container's", path);
	return a->netns_fd < 0 ? 0 : open_socket(a->netns_fd, a->home_fd, &a->pod, err);
}

int attach_open(struct attach *a, const struct conf *conf, const struct cni_env *env,
		struct err *err)
{
	int rc;

	*a = (struct attach){
		.conf = conf, .env = env, .home_fd = -1, .netns_fd = -1, .home.fd = -1, .pod.fd = -1
	};
	attach_identity(conf->name, env->container_id, env->ifname, a->identity);
	rc = netns_open_self(&a->home_fd, err);
	if (rc == 0)
		rc = open_socket(a->home_fd, a->home_fd, &a->home, err);
	if (rc == 0)
		rc = open_netns(a, err);
	if (rc < 0)
		attach_close(a);
	return rc;
}

struct datapath_ns attach_ns(struct attach *a)
{
	return (struct datapath_ns){
		.pod = a->netns_fd < 0 ? NULL : &a->pod,
		.pod_fd = a->netns_fd,
		.lower = a->conf->link_in_container ? &a->pod : &a->home,
		.home_fd = a->home_fd,
	};
}

/* What the result says that is this attachment's. */
static size_t list_addresses(struct attach *a)
{
	size_t n = 0;

	a->addresses = mem_resize(a->addresses, a->result.n_ips, sizeof(*a->addresses));
	for (size_t i = a->first_ip; i < a->result.n_ips; i++)
		if (attach_owns_ip(a, &a->result.ips[i]))
			a->addresses[n++] = a->result.ips[i].address.ip;
	return n;
}

/* Whose an address of prevResult is: it says so, or there is one interface that it can be of. */
bool attach_owns_ip(const struct attach *a, const struct cni_ip *ip)
{
	const struct cni_interface *i;

	if (ip->interface < 0 || (size_t)ip->interface >= a->result.n_interfaces)
		return true;
	i = &a->result.interfaces[ip->interface];
	return i->name && strcmp(i->name, a->env->ifname) == 0 && i->sandbox && i->sandbox[0];
}

struct datapath_spec attach_spec(struct attach *a)
{
	size_t n = list_addresses(a);

	return (struct datapath_spec){
		.ifname = a->env->ifname,
		.identity = a->identity,
		.master = &a->master,
		.mode = a->conf->mode,
		.flags = a->conf->flags,
		.mtu = a->conf->mtu,
		.is_locked =
			a->conf->antispoof == ANTISPOOF_ON ||
			(a->conf->antispoof == ANTISPOOF_DEFAULT && a->datapath == &datapath_ebpf),
		.addresses = a->addresses,
		.n_addresses = n,
	};
}

/* A route that names no gateway goes by its family's, if there is one and it is not on the link. */
static struct ip gateway_for(const struct attach *a, const struct cni_route *r)
{
	if (ip_is_set(&r->gw) || r->scope == RT_SCOPE_LINK || r->scope == RT_SCOPE_HOST)
		return r->gw;
	for (size_t i = a->first_ip; i < a->result.n_ips; i++)
		if (a->result.ips[i].address.ip.family == r->dst.ip.family &&
		    ip_is_set(&a->result.ips[i].gateway) && attach_owns_ip(a, &a->result.ips[i]))
			return a->result.ips[i].gateway;
	return (struct ip){ 0 };
}

struct route attach_route(const struct attach *a, const struct cni_route *r)
{
	return (struct route){
		.dst = { .ip = prefix_first(&r->dst), .len = r->dst.len },
		.gw = gateway_for(a, r),
		.ifindex = a->slave.ifindex,
		.mtu = (uint32_t)r->mtu,
		.advmss = (uint32_t)r->advmss,
		.priority = (uint32_t)r->priority,
		.table = r->table > 0 ? (uint32_t)r->table : 0,
		.scope = (int)r->scope,
	};
}
