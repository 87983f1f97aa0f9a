// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "ipam" and what else gives addresses: CNI_ARGS, args.cni.ips and runtimeConfig.ips (conventions of the CNI project; the reference plugins host-local and static).
 */
#include "plugin/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/mem.h"
#include "pkg/ipam/store_dir.h"

#define ARGS_IP "CNI_ARGS: IP="

/* Before 0.3.0 a result has room for one address of each family. */
static int check_families(const struct conf *conf, struct err *err)
{
	const struct ipam_conf *ipam = &conf->ipam;
	int v4 = 0, v6 = 0;

	for (size_t i = 0; i < ipam->n_sets; i++)
		*(ipam->sets[i].ranges[0].subnet.ip.family == AF_INET ? &v4 : &v6) += 1;
	for (size_t i = 0; i < ipam->n_addresses; i++)
		*(ipam->addresses[i].address.ip.family == AF_INET ? &v4 : &v6) += 1;
	if (conf->version < CNI_0_3_0 && (v4 > 1 || v6 > 1))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "ipam: more than one address of a family needs cniVersion 0.3.0 or "
			       "later (this one is %s)",
			       cni_version_name(conf->version));
	return 0;
}

/* ---- addresses that are asked for ---------------------------------------------------------- */

/* The pod's own wish counts where nobody asks for this network in particular. */
static int read_requested(struct conf *conf, const struct json *root, struct err *err)
{
	struct json args = json_get(root, "args"), cni = json_get(&args, "cni");
	struct json runtime = json_get(root, "runtimeConfig");
	struct json by_args = json_get(&cni, "ips"), by_runtime = json_get(&runtime, "ips");
	struct ipam_conf *ipam = &conf->ipam;
	struct wishes w = { 0 };
	const struct wishes *asked = &w;
	int rc = wishes_add_text(&w, conf->args.ip, CNI_ERR_ENV, ARGS_IP, err);

	if (rc == 0)
		rc = wishes_add_list(&w, &by_args, err);
	if (rc == 0)
		rc = wishes_add_list(&w, &by_runtime, err);
	if (!asked->n)
		asked = &conf->pod.ips;
	ipam->requested = mem_new(asked->n, sizeof(*ipam->requested));
	for (size_t i = 0; rc == 0 && i < asked->n; i++)
		ipam->requested[ipam->n_requested++] = asked->v[i].ip;
	wishes_free(&w);
	return rc;
}

/* ---- static -------------------------------------------------------------------------------- */

static void add_address(struct ipam_conf *ipam, const struct lease *lease)
{
	ipam->addresses =
		mem_resize(ipam->addresses, ipam->n_addresses + 1, sizeof(*ipam->addresses));
	ipam->addresses[ipam->n_addresses++] = *lease;
}

static int add_wishes(struct ipam_conf *ipam, const struct wishes *w, const char *where,
		      struct err *err)
{
	for (size_t i = 0; i < w->n; i++) {
		struct lease lease = { .address = w->v[i] };
		char text[IP_STR_MAX];

		if (lease.address.len == WISH_BARE)
			return err_set(err, CNI_ERR_CONFIG, -EINVAL,
				       "%s: %s: expected an address with its prefix length "
				       "(\"10.0.0.5/24\")",
				       where, ip_format(&lease.address.ip, text));
		add_address(ipam, &lease);
	}
	return 0;
}

/* A list of the runtime's takes the place of what was there. */
static int replace_addresses(struct ipam_conf *ipam, const struct json *j, struct err *err)
{
	struct wishes w = { 0 };
	char where[64];
	int rc = wishes_add_list(&w, j, err);

	if (w.n)
		ipam->n_addresses = 0;
	if (rc == 0)
		rc = add_wishes(ipam, &w, json_path(j, where, sizeof(where)), err);
	wishes_free(&w);
	return rc;
}

static int read_gateway_arg(const char *text, struct ipam_conf *ipam, struct err *err)
{
	struct ip gw;

	if (!text)
		return 0;
	if (ip_parse(text, &gw) < 0)
		return err_set(err, CNI_ERR_ENV, -EINVAL,
			       "CNI_ARGS: GATEWAY=%s: expected an IP address", text);
	for (size_t i = 0; i < ipam->n_addresses; i++)
		if (prefix_contains(&ipam->addresses[i].address, &gw))
			ipam->addresses[i].gateway = gw;
	return 0;
}

static int read_addresses(struct ipam_conf *ipam, const struct json *j, struct err *err)
{
	struct json list = json_get(j, "addresses");
	size_t count = 0;
	int rc = json_array(&list, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json item = json_at(&list, i);
		struct json address = json_get(&item, "address");
		struct json gateway = json_get(&item, "gateway");
		struct lease lease = { 0 };

		rc = json_object(&item, err);
		if (rc == 0)
			rc = json_prefix(&address, &lease.address, err);
		if (rc == 0)
			rc = json_ip(&gateway, &lease.gateway, err);
		if (rc == 0 && !ip_is_set(&lease.address.ip))
			return json_refuse(&item, CNI_ERR_CONFIG, err, "\"address\" is missing");
		add_address(ipam, &lease);
	}
	return rc;
}

static int read_static(struct conf *conf, const struct json *root, const struct json *j,
		       struct err *err)
{
	struct json args = json_get(root, "args"), cni = json_get(&args, "cni");
	struct json runtime = json_get(root, "runtimeConfig");
	struct json by_args = json_get(&cni, "ips"), by_runtime = json_get(&runtime, "ips");
	struct json dns = json_get(j, "dns");
	struct ipam_conf *ipam = &conf->ipam;
	struct wishes w = { 0 };
	int rc = read_addresses(ipam, j, err);

	if (rc == 0 && conf->pod.ips.n)
		ipam->n_addresses = 0;
	if (rc == 0)
		rc = add_wishes(ipam, &conf->pod.ips, "annotation " POD_PREFIX "ips", err);
	if (rc == 0)
		rc = wishes_add_text(&w, conf->args.ip, CNI_ERR_ENV, ARGS_IP, err);
	if (rc == 0)
		rc = add_wishes(ipam, &w, "CNI_ARGS: IP", err);
	wishes_free(&w);
	if (rc == 0)
		rc = replace_addresses(ipam, &by_args, err);
	if (rc == 0)
		rc = replace_addresses(ipam, &by_runtime, err);
	if (rc == 0)
		rc = read_gateway_arg(conf->args.gateway, ipam, err);
	if (rc == 0 && !ipam->n_addresses)
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "ipam.addresses: missing; \"static\" needs at least one address");
	return rc < 0 ? rc : cni_dns_parse(&dns, &ipam->dns, err);
}

/* ---- both ---------------------------------------------------------------------------------- */

static int read_routes(struct ipam_conf *ipam, const struct json *j, struct err *err)
{
	struct json list = json_get(j, "routes");
	size_t count = 0;
	int rc = json_array(&list, &count, err);

	ipam->routes = mem_new(count, sizeof(*ipam->routes));
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json item = json_at(&list, i);

		rc = cni_route_parse(&item, &ipam->routes[ipam->n_routes++], err);
	}
	return rc;
}

static enum ipam_kind kind_of(const struct ipam_conf *ipam)
{
	const char *type = ipam->type ? ipam->type : "";

	if (strcmp(type, "static") == 0)
		return IPAM_STATIC;
	if (strcmp(type, "host-local") == 0 || strcmp(type, IPAM_NAME) == 0 || ipam->is_ours)
		return IPAM_HOST_LOCAL;
	return type[0] ? IPAM_DELEGATE : IPAM_NONE;
}

static int read_host_local(struct conf *conf, const struct json *root, const struct json *j,
			   struct err *err)
{
	struct json resolv_conf = json_get(j, "resolvConf");
	int rc = json_str(&resolv_conf, &conf->ipam.resolv_conf, err);

	if (rc == 0)
		rc = conf_pool_parse(conf, root, j, err);
	return rc < 0 ? rc : read_requested(conf, root, err);
}

/* What a pod may ask of a pool, only those who have pools can give. */
static int refuse_pod(const struct conf *conf, struct err *err)
{
	const char *what = conf->pod.pool ? "pool" : conf->pod.ips.n ? "ips" : NULL;

	if (!what || conf->ipam.kind == IPAM_HOST_LOCAL ||
	    (conf->ipam.kind == IPAM_STATIC && !conf->pod.pool))
		return 0;
	return err_set(
		err, CNI_ERR_FIELD, -EINVAL,
		"%s, asked for by the pod: only ipam.type \"host-local\"%s can give that, not "
		"\"%s\"",
		what, conf->pod.pool ? "" : " or \"static\"",
		conf->ipam.type ? conf->ipam.type : "");
}

int conf_ipam_parse(struct conf *conf, const struct json *root, const struct cni_env *env,
		    struct err *err)
{
	struct json j = json_get(root, "ipam"), type = json_get(&j, "type");
	struct json data_dir = json_get(&j, "dataDir");
	struct ipam_conf *ipam = &conf->ipam;
	int rc = json_object(&j, err);

	if (rc == 0)
		rc = json_str(&type, &ipam->type, err);
	if (rc < 0)
		return rc;
	ipam->kind = kind_of(ipam);
	if (ipam->kind == IPAM_HOST_LOCAL || ipam->kind == IPAM_STATIC)
		rc = json_str(&data_dir, &ipam->data_dir, err);
	if (!ipam->data_dir || !ipam->data_dir[0])
		ipam->data_dir = STORE_DIR_DEFAULT;
	/* The way back needs no more than where the reservations are. */
	if (rc < 0 || env->verb == CNI_DEL || env->verb == CNI_GC)
		return rc;
	rc = refuse_pod(conf, err);
	if (rc < 0 || (ipam->kind != IPAM_HOST_LOCAL && ipam->kind != IPAM_STATIC))
		return rc;
	/* Whose addresses they are, as runtimes tell it. */
	cni_args_find(env->args, "K8S_POD_NAMESPACE", conf->pod_namespace,
		      sizeof(conf->pod_namespace));
	cni_args_find(env->args, "K8S_POD_NAME", conf->pod_name, sizeof(conf->pod_name));
	rc = cni_args_parse(env->args, &conf->args, err);
	if (rc == 0)
		rc = ipam->kind == IPAM_STATIC ? read_static(conf, root, &j, err) :
						 read_host_local(conf, root, &j, err);
	if (rc == 0)
		rc = check_families(conf, err);
	return rc < 0 ? rc : read_routes(ipam, &j, err);
}

void conf_ipam_free(struct ipam_conf *ipam)
{
	for (size_t i = 0; i < ipam->n_sets; i++)
		free(ipam->sets[i].ranges);
	free(ipam->sets);
	free(ipam->requested);
	free(ipam->exclude);
	for (size_t i = 0; i < ipam->n_reserved; i++)
		free((char *)ipam->reserved[i].pod);
	free(ipam->reserved);
	free(ipam->addresses);
	free(ipam->routes);
	cni_dns_free(&ipam->dns);
}
