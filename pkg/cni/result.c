// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/result.h"

#include <stdlib.h>

#include "pkg/base/mem.h"

struct cni_interface *cni_result_add_interface(struct cni_result *r, const char *name)
{
	struct cni_interface *i;

	r->interfaces = mem_resize(r->interfaces, r->n_interfaces + 1, sizeof(*r->interfaces));
	i = &r->interfaces[r->n_interfaces++];
	*i = (struct cni_interface){ .name = mem_str(name) };
	return i;
}

struct cni_ip *cni_result_add_ip(struct cni_result *r, const struct prefix *address)
{
	struct cni_ip *ip;

	r->ips = mem_resize(r->ips, r->n_ips + 1, sizeof(*r->ips));
	ip = &r->ips[r->n_ips++];
	*ip = (struct cni_ip){ .address = *address, .interface = -1 };
	return ip;
}

struct cni_route *cni_result_add_route(struct cni_result *r, const struct prefix *dst)
{
	struct cni_route *route;

	r->routes = mem_resize(r->routes, r->n_routes + 1, sizeof(*r->routes));
	route = &r->routes[r->n_routes++];
	*route = (struct cni_route){ .dst = *dst, .table = -1, .scope = -1 };
	return route;
}

static bool list_is_empty(char *const *list)
{
	return !list || !*list;
}

bool cni_dns_is_empty(const struct cni_dns *dns)
{
	return list_is_empty(dns->nameservers) && list_is_empty(dns->search) &&
	       list_is_empty(dns->options) && (!dns->domain || !*dns->domain);
}

void cni_dns_copy(struct cni_dns *to, const struct cni_dns *from)
{
	to->nameservers = mem_strs((const char *const *)from->nameservers);
	to->domain = mem_str(from->domain);
	to->search = mem_strs((const char *const *)from->search);
	to->options = mem_strs((const char *const *)from->options);
}

void cni_dns_replace(struct cni_dns *to, const struct cni_dns *from)
{
	if (cni_dns_is_empty(from))
		return;
	cni_dns_free(to);
	cni_dns_copy(to, from);
}

void cni_dns_free(struct cni_dns *dns)
{
	mem_strs_free(dns->nameservers);
	free(dns->domain);
	mem_strs_free(dns->search);
	mem_strs_free(dns->options);
	*dns = (struct cni_dns){ 0 };
}

void cni_result_drop_interface(struct cni_result *r)
{
	struct cni_interface *i = &r->interfaces[--r->n_interfaces];

	free(i->name);
	free(i->mac);
	free(i->sandbox);
	free(i->socket_path);
	free(i->pci_id);
}

void cni_result_free(struct cni_result *r)
{
	while (r->n_interfaces)
		cni_result_drop_interface(r);
	free(r->interfaces);
	free(r->ips);
	free(r->routes);
	cni_dns_free(&r->dns);
	*r = (struct cni_result){ 0 };
}
