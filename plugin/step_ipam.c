// SPDX-License-Identifier: GPL-2.0-or-later
/* The addresses: reserved here, put on the interface by step_net. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"
#include "pkg/cni/delegate.h"
#include "pkg/ipam/hold.h"
#include "plugin/ipam_access.h"
#include "plugin/ipam_store.h"
#include "plugin/resolv.h"
#include "plugin/steps.h"

/*
 * kubelet gives up after two minutes: who waits for a plugin that hangs must be done before, with
 * the DEL behind an ADD that failed, so that somebody hears what it was. DHCP may take a minute.
 */
#define ADD_TIMEOUT_MS 80000
#define TIMEOUT_MS     30000

static int run_delegate(const struct attach *a, enum cni_verb verb, char **out, struct err *err)
{
	struct delegate d = { .type = a->conf->ipam.type,
			      .path = a->env->path,
			      .config = a->request,
			      .config_len = a->request_len,
			      .timeout_ms = verb == CNI_ADD ? ADD_TIMEOUT_MS : TIMEOUT_MS };

	return delegate_run(&d, verb, out, err);
}

/* ---- apply --------------------------------------------------------------------------------- */

static void add_leases(struct attach *a, const struct lease *leases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cni_result_add_ip(&a->result, &leases[i].address)->gateway = leases[i].gateway;
}

/* Those that the pod asks for come last. */
static void add_pod_routes(struct attach *a)
{
	const struct pod_conf *pod = &a->conf->pod;

	for (size_t i = 0; i < pod->n_routes; i++)
		*cni_result_add_route(&a->result, &pod->routes[i].dst) = pod->routes[i];
}

static void add_routes(struct attach *a)
{
	const struct ipam_conf *ipam = &a->conf->ipam;

	for (size_t i = 0; i < ipam->n_routes; i++)
		*cni_result_add_route(&a->result, &ipam->routes[i].dst) = ipam->routes[i];
}

static int apply_host_local(struct attach *a, struct err *err)
{
	struct pool pool = ipam_pool(a);
	struct owner owner = ipam_owner(a);
	cleanup_free struct lease *leases = mem_new(pool.n_sets, sizeof(*leases));
	cleanup_ipam_access struct ipam_access x = { 0 };
	struct cni_dns dns = { 0 };
	int rc = 0;

	if (a->conf->ipam.resolv_conf && a->conf->ipam.resolv_conf[0])
		rc = resolv_read(a->conf->ipam.resolv_conf, &dns, err);
	if (rc == 0)
		rc = ipam_access_open(a, true, &x, err);
	if (rc == 0)
		rc = alloc_add(x.s, &pool, &owner, leases, err);
	if (rc == 0) {
		add_leases(a, leases, pool.n_sets);
		add_routes(a);
		cni_dns_replace(&a->result.dns, &dns);
	}
	cni_dns_free(&dns);
	return rc;
}

static int apply_static(struct attach *a, struct err *err)
{
	const struct ipam_conf *ipam = &a->conf->ipam;
	struct owner owner = ipam_owner(a);
	cleanup_ipam_access struct ipam_access x = { 0 };
	int rc = ipam_access_open(a, true, &x, err);

	if (rc == 0)
		rc = hold_add(x.s, ipam->addresses, ipam->n_addresses, &owner, err);
	if (rc < 0)
		return rc;
	add_leases(a, ipam->addresses, ipam->n_addresses);
	add_routes(a);
	cni_dns_replace(&a->result.dns, &ipam->dns);
	return 0;
}

/* What an IPAM plugin answered, added to our result. */
static int add_answer(struct attach *a, const char *text, struct err *err)
{
	struct cni_result answer = { 0 };
	struct json root;
	cJSON *doc = NULL;
	int rc = json_parse(text, strlen(text), a->conf->ipam.type, &doc, err);

	if (rc == 0) {
		root = json_root(doc);
		rc = cni_result_parse(&root, a->conf->version, &answer, err);
	}
	if (rc == 0 && !answer.n_ips)
		rc = err_set(err, CNI_ERR_DELEGATE, -EINVAL, "%s: its result has no address",
			     a->conf->ipam.type);
	for (size_t i = 0; rc == 0 && i < answer.n_ips; i++)
		cni_result_add_ip(&a->result, &answer.ips[i].address)->gateway =
			answer.ips[i].gateway;
	for (size_t i = 0; rc == 0 && i < answer.n_routes; i++)
		*cni_result_add_route(&a->result, &answer.routes[i].dst) = answer.routes[i];
	if (rc == 0)
		cni_dns_replace(&a->result.dns, &answer.dns);
	cni_result_free(&answer);
	cJSON_Delete(doc);
	return rc;
}

/* A delegate whose ADD failed may have left something: it is run again with DEL. */
static int apply_delegate(struct attach *a, struct err *err)
{
	cleanup_free char *text = NULL;
	int rc = run_delegate(a, CNI_ADD, &text, err);

	if (rc == 0)
		rc = add_answer(a, text, err);
	if (rc < 0 && rc != -ENOENT)
		run_delegate(a, CNI_DEL, NULL, NULL);
	return rc;
}

static int take(struct attach *a, struct err *err)
{
	if (a->conf->ipam.kind == IPAM_NONE) {
		/* The addresses of prevResult, if it has some, are ours from here on. */
		for (size_t i = 0; i < a->result.n_ips; i++)
			a->result.ips[i].interface = -1;
		return 0;
	}
	a->first_ip = a->result.n_ips;
	a->first_route = a->result.n_routes;
	switch (a->conf->ipam.kind) {
	case IPAM_HOST_LOCAL:
		return apply_host_local(a, err);
	case IPAM_STATIC:
		return apply_static(a, err);
	default:
		return apply_delegate(a, err);
	}
}

static int apply(struct attach *a, struct err *err)
{
	int rc = take(a, err);

	if (rc == 0)
		add_pod_routes(a);
	return rc;
}

/* ---- the other columns --------------------------------------------------------------------- */

static bool is_kept_here(const struct attach *a)
{
	return a->conf->ipam.kind == IPAM_HOST_LOCAL || a->conf->ipam.kind == IPAM_STATIC;
}

static int revert(struct attach *a, struct err *err)
{
	struct owner owner = ipam_owner(a);
	cleanup_ipam_access struct ipam_access x = { 0 };
	size_t released;
	int rc;

	if (a->is_link_stuck)
		return 0; /* the address is in use; DEL comes again */
	if (a->conf->ipam.kind == IPAM_DELEGATE)
		return run_delegate(a, CNI_DEL, NULL, err);
	if (!is_kept_here(a))
		return 0;
	rc = ipam_store_open(a, false, &x.s, err);
	return rc < 0 || !x.s ? rc : x.s->ops->release(x.s, &owner, &released, err);
}

static int verify(struct attach *a, struct err *err)
{
	const struct ipam_conf *ipam = &a->conf->ipam;
	struct pool pool = ipam_pool(a);
	struct owner owner = ipam_owner(a);
	cleanup_ipam_access struct ipam_access x = { 0 };
	int rc;

	if (a->conf->ipam.kind == IPAM_DELEGATE)
		return run_delegate(a, CNI_CHECK, NULL, err);
	if (!is_kept_here(a))
		return 0;
	rc = ipam_access_open(a, false, &x, err);
	if (rc == 0 && !x.s)
		return err_set(err, CNI_ERR_CHANGED, -ENOENT, "ipam: no reservation in %s/%s",
			       ipam->data_dir, a->conf->name);
	if (rc < 0)
		return rc;
	if (ipam->kind == IPAM_STATIC)
		return hold_check(x.s, ipam->addresses, ipam->n_addresses, &owner, err);
	return alloc_check(x.s, &pool, &owner, err);
}

static int ready(struct attach *a, struct err *err)
{
	struct pool pool = ipam_pool(a);
	cleanup_ipam_access struct ipam_access x = { 0 };
	struct err why = { 0 }; /* whatever it is, it is why ADD cannot be served */
	int rc;

	if (a->conf->ipam.kind == IPAM_DELEGATE)
		return run_delegate(a, CNI_STATUS, NULL, err);
	if (a->conf->ipam.kind != IPAM_HOST_LOCAL)
		return 0;
	rc = ipam_access_open(a, false, &x, &why);
	if (rc == 0 && x.s && x.s->ops->ready)
		rc = x.s->ops->ready(x.s, &why);
	if (rc == 0)
		rc = alloc_status(x.s, &pool, &why);
	if (rc < 0)
		err_set(err, why.code == CNI_ERR_CONFIG ? why.code : CNI_ERR_UNAVAILABLE, rc, "%s",
			why.msg);
	return rc;
}

static int retain(struct attach *a, struct err *err)
{
	cleanup_ipam_access struct ipam_access x = { 0 };
	size_t released;
	int rc;

	if (a->conf->ipam.kind == IPAM_DELEGATE)
		return run_delegate(a, CNI_GC, NULL, err);
	if (!is_kept_here(a))
		return 0;
	if (a->is_link_stuck)
		return err_set(err, CNI_ERR_STATE, -EBUSY,
			       "ipam: addresses are kept as long as interfaces that have them are");
	rc = ipam_access_open(a, false, &x, err);
	if (rc < 0 || !x.s)
		return rc;
	return x.s->ops->retain(x.s, a->conf->valid, a->conf->n_valid, &released, err);
}

const struct step step_ipam = {
	.name = "ipam",
	.apply = apply,
	.revert = revert,
	.verify = verify,
	.ready = ready,
	.retain = retain,
};
