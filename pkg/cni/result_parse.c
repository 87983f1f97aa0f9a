// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading results and error objects: the functions of result.h that take JSON. */
#include "pkg/cni/result.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"

/* A string of the object, copied; NULL stays if it is absent. */
static int copy_str(const struct json *object, const char *key, char **out, struct err *err)
{
	struct json j = json_get(object, key);
	const char *text = NULL;
	int rc = json_str(&j, &text, err);

	*out = mem_str(text);
	return rc;
}

static int copy_strs(const struct json *object, const char *key, char ***out, struct err *err)
{
	struct json j = json_get(object, key);
	cleanup_free const char **strs = NULL;
	int rc = json_strs(&j, &strs, err);

	*out = mem_strs(strs);
	return rc;
}

static int get_int(const struct json *object, const char *key, int64_t max, int64_t *out,
		   struct err *err)
{
	struct json j = json_get(object, key);

	return json_int(&j, 0, max, out, err);
}

static int get_ip(const struct json *object, const char *key, struct ip *out, struct err *err)
{
	struct json j = json_get(object, key);

	return json_ip(&j, out, err);
}

/* The prefix under this key, which must be there. */
static int need_prefix(const struct json *object, const char *key, struct prefix *out,
		       struct err *err)
{
	struct json j = json_get(object, key);
	int rc = json_object(object, err);

	if (rc < 0)
		return rc;
	if (!json_present(&j))
		return json_refuse(&j, CNI_ERR_CONFIG, err, "missing");
	return json_prefix(&j, out, err);
}

int cni_route_parse(const struct json *j, struct cni_route *out, struct err *err)
{
	struct cni_route route = { .table = -1, .scope = -1 };
	int rc = need_prefix(j, "dst", &route.dst, err);

	rc = rc ?: get_ip(j, "gw", &route.gw, err);
	rc = rc ?: get_int(j, "mtu", UINT32_MAX, &route.mtu, err);
	rc = rc ?: get_int(j, "advmss", UINT32_MAX, &route.advmss, err);
	rc = rc ?: get_int(j, "priority", UINT32_MAX, &route.priority, err);
	rc = rc ?: get_int(j, "table", UINT32_MAX, &route.table, err);
	rc = rc ?: get_int(j, "scope", UINT8_MAX, &route.scope, err);
	if (rc == 0)
		*out = route;
	return rc;
}

int cni_dns_parse(const struct json *j, struct cni_dns *out, struct err *err)
{
	int rc = json_object(j, err);

	rc = rc ?: copy_strs(j, "nameservers", &out->nameservers, err);
	rc = rc ?: copy_str(j, "domain", &out->domain, err);
	rc = rc ?: copy_strs(j, "search", &out->search, err);
	rc = rc ?: copy_strs(j, "options", &out->options, err);
	if (rc < 0)
		cni_dns_free(out);
	return rc;
}

/* Calls item for each element that is not null of an array that may be absent. */
static int for_each(const struct json *object, const char *key, struct cni_result *r,
		    int (*item)(const struct json *j, struct cni_result *r, struct err *err),
		    struct err *err)
{
	struct json array = json_get(object, key);
	size_t count = 0;
	int rc = json_array(&array, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json j = json_at(&array, i);

		if (json_present(&j))
			rc = item(&j, r, err);
	}
	return rc;
}

static int parse_interface(const struct json *j, struct cni_result *r, struct err *err)
{
	struct cni_interface *i = cni_result_add_interface(r, NULL);
	int rc = json_object(j, err);

	rc = rc ?: copy_str(j, "name", &i->name, err);
	rc = rc ?: copy_str(j, "mac", &i->mac, err);
	rc = rc ?: copy_str(j, "sandbox", &i->sandbox, err);
	rc = rc ?: get_int(j, "mtu", UINT32_MAX, &i->mtu, err);
	rc = rc ?: copy_str(j, "socketPath", &i->socket_path, err);
	rc = rc ?: copy_str(j, "pciID", &i->pci_id, err);
	if (!i->name)
		i->name = mem_str("");
	return rc;
}

static int parse_route(const struct json *j, struct cni_result *r, struct err *err)
{
	struct cni_route route;
	int rc = cni_route_parse(j, &route, err);

	if (rc == 0)
		*cni_result_add_route(r, &route.dst) = route;
	return rc;
}

/* One of ips[]. The index counts only where there are interfaces: IPAM plugins know of none. */
static int parse_ip(const struct json *j, struct cni_result *r, struct err *err)
{
	struct json index = json_get(j, "interface");
	struct cni_ip ip = { .interface = -1 };
	int64_t n = -1;
	int rc = need_prefix(j, "address", &ip.address, err);

	rc = rc ?: get_ip(j, "gateway", &ip.gateway, err);
	rc = rc ?: json_int(&index, -1, INT_MAX, &n, err);
	if (rc < 0)
		return rc;
	if (r->n_interfaces > 0 && n >= (int64_t)r->n_interfaces)
		return json_refuse(&index, CNI_ERR_CONFIG, err, "there are %zu interfaces",
				   r->n_interfaces);
	if (r->n_interfaces > 0)
		ip.interface = (int)n;
	*cni_result_add_ip(r, &ip.address) = ip;
	return 0;
}

/* Up to 0.2.0: ip4 or ip6, one address with its gateway and routes. */
static int parse_family(const struct json *root, const char *key, struct cni_result *r,
			struct err *err)
{
	struct json j = json_get(root, key);
	struct cni_ip ip = { .interface = -1 };
	int rc;

	if (!json_present(&j))
		return 0;
	rc = need_prefix(&j, "ip", &ip.address, err) ?: get_ip(&j, "gateway", &ip.gateway, err);
	if (rc < 0)
		return rc;
	*cni_result_add_ip(r, &ip.address) = ip;
	return for_each(&j, "routes", r, parse_route, err);
}

/* Since 0.3.0: interfaces first, the addresses point at them. */
static int parse_lists(const struct json *j, struct cni_result *r, struct err *err)
{
	int rc = for_each(j, "interfaces", r, parse_interface, err);

	rc = rc ?: for_each(j, "ips", r, parse_ip, err);
	return rc ?: for_each(j, "routes", r, parse_route, err);
}

static int parse_body(const struct json *j, enum cni_version version, struct cni_result *r,
		      struct err *err)
{
	struct json dns = json_get(j, "dns");
	int rc;

	if (version < CNI_0_3_0)
		rc = parse_family(j, "ip4", r, err) ?: parse_family(j, "ip6", r, err);
	else
		rc = parse_lists(j, r, err);
	return rc ?: cni_dns_parse(&dns, &r->dns, err);
}

int cni_result_parse(const struct json *j, enum cni_version version, struct cni_result *out,
		     struct err *err)
{
	struct json own = json_get(j, "cniVersion");
	struct cni_result r = { 0 };
	const char *text = "";
	int rc = json_object(j, err);

	rc = rc ?: json_str(&own, &text, err);
	if (rc == 0 && *text)
		rc = cni_version_parse(text, &version, err);
	if (rc == 0)
		rc = parse_body(j, version, &r, err);
	if (rc < 0)
		cni_result_free(&r);
	*out = r;
	return rc;
}

bool cni_error_parse(const char *text, size_t len, struct err *err)
{
	const char *msg = "", *details = "";
	struct json root, j;
	int64_t code = 0;
	bool found;
	cJSON *doc;

	if (json_parse(text, len, "error", &doc, NULL) < 0)
		return false;
	root = json_root(doc);
	j = json_get(&root, "code");
	json_int(&j, 1, INT_MAX, &code, NULL);
	j = json_get(&root, "msg");
	json_str(&j, &msg, NULL);
	j = json_get(&root, "details");
	json_str(&j, &details, NULL);
	found = code && *msg;
	if (found) {
		err_set(err, (int)code, 0, "%s", msg);
		err_details(err, "%s", details);
	}
	cJSON_Delete(doc);
	return found;
}
