// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing results and error objects: the functions of result.h that give text. */
#include "pkg/cni/result.h"

#include <errno.h>

#include "pkg/cni/json_out.h"

static void put_text(struct json_out *o, const char *key, const char *value)
{
	if (value && *value)
		json_out_str(o, key, value);
}

static void put_ip(struct json_out *o, const char *key, const struct ip *ip)
{
	char text[IP_STR_MAX];

	if (ip_is_set(ip))
		json_out_str(o, key, ip_format(ip, text));
}

static void put_prefix(struct json_out *o, const char *key, const struct prefix *p)
{
	char text[PREFIX_STR_MAX];

	json_out_str(o, key, prefix_format(p, text));
}

static void put_positive(struct json_out *o, const char *key, int64_t value)
{
	if (value > 0)
		json_out_int(o, key, value);
}

static void put_list(struct json_out *o, const char *key, char *const *list)
{
	if (!list || !*list)
		return;
	json_out_array(o, key);
	for (; *list; list++)
		json_out_str(o, NULL, *list);
	json_out_end(o);
}

static void put_interface(struct json_out *o, const struct cni_interface *i,
			  enum cni_version version)
{
	json_out_object(o, NULL);
	json_out_str(o, "name", i->name ? i->name : "");
	put_text(o, "mac", i->mac);
	if (version >= CNI_1_1_0)
		put_positive(o, "mtu", i->mtu);
	put_text(o, "sandbox", i->sandbox);
	if (version >= CNI_1_1_0) {
		put_text(o, "socketPath", i->socket_path);
		put_text(o, "pciID", i->pci_id);
	}
	json_out_end(o);
}

static void put_address(struct json_out *o, const struct cni_ip *ip, enum cni_version version)
{
	json_out_object(o, NULL);
	if (version < CNI_1_0_0)
		json_out_str(o, "version", ip->address.ip.family == AF_INET ? "4" : "6");
	if (ip->interface >= 0)
		json_out_int(o, "interface", ip->interface);
	put_prefix(o, "address", &ip->address);
	put_ip(o, "gateway", &ip->gateway);
	json_out_end(o);
}

static void put_route(struct json_out *o, const struct cni_route *route, enum cni_version version)
{
	json_out_object(o, NULL);
	put_prefix(o, "dst", &route->dst);
	put_ip(o, "gw", &route->gw);
	if (version >= CNI_1_1_0) {
		put_positive(o, "mtu", route->mtu);
		put_positive(o, "advmss", route->advmss);
		put_positive(o, "priority", route->priority);
		if (route->table >= 0)
			json_out_int(o, "table", route->table);
		if (route->scope >= 0)
			json_out_int(o, "scope", route->scope);
	}
	json_out_end(o);
}

/* The routes of one address family, or all (family 0). */
static void put_routes(struct json_out *o, const struct cni_result *r, uint8_t family,
		       enum cni_version version)
{
	bool any = false;

	for (size_t i = 0; i < r->n_routes; i++) {
		if (family && r->routes[i].dst.ip.family != family)
			continue;
		if (!any)
			json_out_array(o, "routes");
		any = true;
		put_route(o, &r->routes[i], version);
	}
	if (any)
		json_out_end(o);
}

static void put_dns(struct json_out *o, const struct cni_dns *dns, enum cni_version version)
{
	if (version >= CNI_1_0_0 && cni_dns_is_empty(dns))
		return;
	json_out_object(o, "dns");
	put_list(o, "nameservers", dns->nameservers);
	put_text(o, "domain", dns->domain);
	put_list(o, "search", dns->search);
	put_list(o, "options", dns->options);
	json_out_end(o);
}

/* Up to 0.2.0: the first address of the family, with the family's routes. */
static void put_family(struct json_out *o, const struct cni_result *r, const char *key,
		       uint8_t family, enum cni_version version)
{
	const struct cni_ip *ip = r->ips, *end = r->ips + r->n_ips;

	while (ip < end && ip->address.ip.family != family)
		ip++;
	if (ip == end)
		return;
	json_out_object(o, key);
	put_prefix(o, "ip", &ip->address);
	put_ip(o, "gateway", &ip->gateway);
	put_routes(o, r, family, version);
	json_out_end(o);
}

static void put_body(struct json_out *o, const struct cni_result *r, enum cni_version version)
{
	if (r->n_interfaces) {
		json_out_array(o, "interfaces");
		for (size_t i = 0; i < r->n_interfaces; i++)
			put_interface(o, &r->interfaces[i], version);
		json_out_end(o);
	}
	if (r->n_ips) {
		json_out_array(o, "ips");
		for (size_t i = 0; i < r->n_ips; i++)
			put_address(o, &r->ips[i], version);
		json_out_end(o);
	}
	put_routes(o, r, 0, version);
}

char *cni_result_print(const struct cni_result *r, enum cni_version version, struct err *err)
{
	struct json_out out;

	if (version < CNI_0_3_0 && r->n_ips == 0) {
		err_set(err, CNI_ERR_CONFIG, 0,
			"cannot convert: no valid IP addresses (a %s result has one or two)",
			cni_version_name(version));
		return NULL;
	}
	json_out_open(&out);
	json_out_str(&out, "cniVersion", cni_version_name(version));
	if (version < CNI_0_3_0) {
		put_family(&out, r, "ip4", AF_INET, version);
		put_family(&out, r, "ip6", AF_INET6, version);
	} else {
		put_body(&out, r, version);
	}
	put_dns(&out, &r->dns, version);
	return json_out_close(&out);
}

char *cni_error_print(const struct err *err, const char *version)
{
	struct json_out out;

	json_out_open(&out);
	put_text(&out, "cniVersion", version);
	json_out_int(&out, "code", err->code);
	json_out_str(&out, "msg", err->msg);
	put_text(&out, "details", err->details);
	return json_out_close(&out);
}
