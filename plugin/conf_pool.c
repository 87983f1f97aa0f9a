// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which ranges count and what of them is whose: runtimeConfig.ipRanges, the short form, "ranges" and
 * "pools"; "exclude", "reserved", "cooldown", "sticky".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/mem.h"
#include "plugin/conf.h"

#define COOLDOWN_MAX_S (365 * 86400)

/* ---- ranges -------------------------------------------------------------------------------- */

static int read_range(const struct json *j, struct range *r, struct err *err)
{
	struct json subnet = json_get(j, "subnet"), start = json_get(j, "rangeStart");
	struct json end = json_get(j, "rangeEnd"), gateway = json_get(j, "gateway");
	char where[128];
	int rc = json_object(j, err);

	if (rc == 0)
		rc = json_prefix(&subnet, &r->subnet, err);
	if (rc == 0 && !ip_is_set(&r->subnet.ip))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL, "%s: missing",
			       json_path(&subnet, where, sizeof(where)));
	if (rc == 0)
		rc = json_ip(&start, &r->start, err);
	if (rc == 0)
		rc = json_ip(&end, &r->end, err);
	if (rc == 0)
		rc = json_ip(&gateway, &r->gateway, err);
	return rc < 0 ? rc : range_complete(r, json_path(j, where, sizeof(where)), err);
}

static struct range_set *add_set(struct ipam_conf *ipam, const struct json *j, size_t n_ranges)
{
	struct range_set *set;

	ipam->sets = mem_resize(ipam->sets, ipam->n_sets + 1, sizeof(*ipam->sets));
	set = &ipam->sets[ipam->n_sets++];
	*set = (struct range_set){ .ranges = mem_new(n_ranges, sizeof(*set->ranges)) };
	json_path(j, set->where, sizeof(set->where));
	return set;
}

static int read_set(struct ipam_conf *ipam, const struct json *j, struct err *err)
{
	struct range_set *set;
	size_t count = 0;
	int rc = json_array(j, &count, err);

	set = add_set(ipam, j, count);
	if (rc == 0 && !count)
		return err_set(err, CNI_ERR_CONFIG, -EINVAL, "%s: an empty set gives no address",
			       set->where);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json item = json_at(j, i);

		rc = read_range(&item, &set->ranges[set->count++], err);
	}
	return rc;
}

static int read_sets(struct ipam_conf *ipam, const struct json *j, struct err *err)
{
	size_t count = 0;
	int rc = json_array(j, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json item = json_at(j, i);

		rc = read_set(ipam, &item, err);
	}
	return rc;
}

/* ---- pools by name ------------------------------------------------------------------------- */

static int read_pool(struct ipam_conf *ipam, const struct json *j, const char *name,
		     struct err *err)
{
	struct json pools = json_get(j, "pools"), pool = json_get(&pools, name);
	int rc = json_object(&pools, err);

	if (rc < 0)
		return rc;
	if (!json_present(&pool))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "ipam.pools: there is no pool \"%s\", which was asked for", name);
	return read_sets(ipam, &pool, err);
}

/* In this order, as the reference has it: runtimeConfig.ipRanges, the short form, "ranges". */
static int read_ranges(struct conf *conf, const struct json *root, const struct json *j,
		       struct err *err)
{
	struct ipam_conf *ipam = &conf->ipam;
	struct json runtime = json_get(root, "runtimeConfig");
	struct json asked = json_get(&runtime, "ipRanges");
	struct json single = json_get(j, "subnet"), ranges = json_get(j, "ranges");
	struct json preset = json_get(j, "pool");
	const char *pool = NULL;
	int rc = json_str(&preset, &pool, err);

	if (conf->pod.pool)
		pool = conf->pod.pool;
	if (rc == 0)
		rc = read_sets(ipam, &asked, err);
	if (rc == 0 && pool && pool[0]) {
		rc = read_pool(ipam, j, pool, err);
	} else if (rc == 0) {
		if (json_present(&single)) {
			struct range_set *set = add_set(ipam, j, 1);

			set->count = 1;
			rc = read_range(j, set->ranges, err);
		}
		if (rc == 0)
			rc = read_sets(ipam, &ranges, err);
	}
	if (rc == 0 && !ipam->n_sets)
		return err_set(
			err, CNI_ERR_CONFIG, -EINVAL,
			"ipam: no range to take an address from; give \"subnet\" or \"ranges\"");
	return rc < 0 ? rc : range_sets_check(ipam->sets, ipam->n_sets, "ipam.ranges", err);
}

/* ---- what is not for everybody ------------------------------------------------------------- */

/* "10.1.0.5", "10.1.0.32/28" or "10.1.0.50-10.1.0.60". */
static bool parse_span(const char *text, struct span *out)
{
	const char *dash = strchr(text, '-');
	char first[IP_STR_MAX];
	struct prefix p;

	if (prefix_parse(text, &p) == 0) {
		out->first = prefix_first(&p);
		out->last = prefix_last(&p);
		return true;
	}
	if (!dash)
		return ip_parse(text, &out->first) == 0 && ip_parse(text, &out->last) == 0;
	snprintf(first, sizeof(first), "%.*s", (int)(dash - text), text);
	return ip_parse(first, &out->first) == 0 && ip_parse(dash + 1, &out->last) == 0 &&
	       out->first.family == out->last.family && ip_cmp(&out->first, &out->last) <= 0;
}

static int read_exclude(struct ipam_conf *ipam, const struct json *list, struct err *err)
{
	size_t count = 0;
	int rc = json_array(list, &count, err);

	ipam->exclude = mem_new(count, sizeof(*ipam->exclude));
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json item = json_at(list, i);
		const char *text = "";

		rc = json_str(&item, &text, err);
		if (rc == 0 && !parse_span(text, &ipam->exclude[ipam->n_exclude++]))
			rc = json_refuse(&item, CNI_ERR_CONFIG, err,
					 "expected an address, a prefix, or \"first-last\"");
	}
	return rc;
}

static bool is_in_a_subnet(const struct ipam_conf *ipam, const struct ip *ip)
{
	for (size_t i = 0; i < ipam->n_sets; i++)
		for (size_t k = 0; k < ipam->sets[i].count; k++)
			if (prefix_contains(&ipam->sets[i].ranges[k].subnet, ip))
				return true;
	return false;
}

/* An address that no set has is another pool's. */
static int add_reserved(struct ipam_conf *ipam, const char *pod, const struct json *item,
			struct err *err)
{
	struct reserved *r;
	struct ip ip = { 0 };
	char where[128], text[IP_STR_MAX];
	int rc = json_ip(item, &ip, err);

	if (rc < 0)
		return rc;
	if (!ip_is_set(&ip))
		return json_refuse(item, CNI_ERR_CONFIG, err, "expected an IP address");
	for (size_t i = 0; i < ipam->n_reserved; i++)
		if (ip_cmp(&ipam->reserved[i].ip, &ip) == 0)
			return err_set(err, CNI_ERR_CONFIG, -EINVAL,
				       "%s: %s is reserved for %s already",
				       json_path(item, where, sizeof(where)), ip_format(&ip, text),
				       ipam->reserved[i].pod);
	if (!is_in_a_subnet(ipam, &ip))
		return 0;
	ipam->reserved = mem_resize(ipam->reserved, ipam->n_reserved + 1, sizeof(*ipam->reserved));
	r = &ipam->reserved[ipam->n_reserved++];
	*r = (struct reserved){ .pod = mem_str(pod), .ip = ip };
	return 0;
}

/* { "namespace/name": [address …] } */
static int read_reserved(struct ipam_conf *ipam, const struct json *j, struct err *err)
{
	int rc = json_object(j, err);
	const cJSON *node;

	for (node = json_present(j) ? j->node->child : NULL; rc == 0 && node; node = node->next) {
		struct json pod = { .node = node, .parent = j, .key = node->string };
		const char *slash = strchr(node->string, '/');
		size_t count = 0;

		if (!slash || slash[1] == '\0' || strchr(slash + 1, '/'))
			return json_refuse(&pod, CNI_ERR_CONFIG, err,
					   "the key is to be \"namespace/name\" of a pod");
		rc = json_array(&pod, &count, err);
		for (size_t i = 0; rc == 0 && i < count; i++) {
			struct json item = json_at(&pod, i);

			rc = add_reserved(ipam, node->string, &item, err);
		}
	}
	return rc;
}

int conf_pool_parse(struct conf *conf, const struct json *root, const struct json *j,
		    struct err *err)
{
	struct json exclude = json_get(j, "exclude"), reserved = json_get(j, "reserved");
	struct json cooldown = json_get(j, "cooldown"), sticky = json_get(j, "sticky");
	struct ipam_conf *ipam = &conf->ipam;
	int64_t cooldown_s = 0;
	int rc = read_ranges(conf, root, j, err);

	if (rc == 0)
		rc = read_exclude(ipam, &exclude, err);
	if (rc == 0)
		rc = read_reserved(ipam, &reserved, err);
	if (rc == 0)
		rc = json_int(&cooldown, 0, COOLDOWN_MAX_S, &cooldown_s, err);
	ipam->cooldown_s = (uint32_t)cooldown_s;
	return rc < 0 ? rc : json_bool(&sticky, &ipam->is_sticky, err);
}
