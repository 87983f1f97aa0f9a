// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/range.h"

#include <errno.h>
#include <stdio.h>

#define RANGE_STR_MAX (2 * IP_STR_MAX)
#define PLACE_MAX     96

static char *range_format(const struct range *r, char buf[static RANGE_STR_MAX])
{
	char start[IP_STR_MAX], end[IP_STR_MAX];

	snprintf(buf, RANGE_STR_MAX, "%s-%s", ip_format(&r->start, start), ip_format(&r->end, end));
	return buf;
}

static bool range_has(const struct range *r, const struct ip *ip)
{
	return ip_cmp(&r->start, ip) <= 0 && ip_cmp(ip, &r->end) <= 0;
}

static int subnet_check(const struct prefix *subnet, const char *where, struct err *err)
{
	const struct ip network = prefix_first(subnet);
	char text[PREFIX_STR_MAX], addr[IP_STR_MAX];

	if (!ip_is_set(&subnet->ip))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL, "%s: subnet is missing", where);
	prefix_format(subnet, text);
	if (subnet->len + 2U > ip_bits(&subnet->ip))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "%s: subnet %s is too small to allocate from (/%u at most)", where,
			       text, ip_bits(&subnet->ip) - 2);
	if (ip_cmp(&network, &subnet->ip) != 0)
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "%s: subnet %s has host bits set: the network address is %s", where,
			       text, ip_format(&network, addr));
	return 0;
}

/* The addresses that the subnet leaves out of itself belong to nobody: network, broadcast. */
static struct ip first_host(const struct prefix *subnet)
{
	struct ip ip = prefix_first(subnet);

	ip_next(&ip);
	return ip;
}

static struct ip last_host(const struct prefix *subnet)
{
	struct ip ip = prefix_last(subnet);

	if (ip.family == AF_INET)
		ip_prev(&ip);
	return ip;
}

static int bound_check(const struct range *r, const struct ip *ip, const char *key,
		       const char *where, struct err *err)
{
	char addr[IP_STR_MAX], text[PREFIX_STR_MAX];

	if (prefix_contains(&r->subnet, ip))
		return 0;
	return err_set(err, CNI_ERR_CONFIG, -EINVAL, "%s: %s %s is not in subnet %s", where, key,
		       ip_format(ip, addr), prefix_format(&r->subnet, text));
}

int range_complete(struct range *r, const char *where, struct err *err)
{
	char addr[IP_STR_MAX], text[RANGE_STR_MAX];
	int rc = subnet_check(&r->subnet, where, err);

	if (rc < 0)
		return rc;
	if (!ip_is_set(&r->gateway))
		r->gateway = first_host(&r->subnet);
	if (!ip_is_set(&r->start))
		r->start = first_host(&r->subnet);
	if (!ip_is_set(&r->end))
		r->end = last_host(&r->subnet);

	if (r->gateway.family != r->subnet.ip.family)
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "%s: gateway %s is not of the family of subnet %s", where,
			       ip_format(&r->gateway, addr), prefix_format(&r->subnet, text));
	rc = bound_check(r, &r->start, "rangeStart", where, err);
	if (rc == 0)
		rc = bound_check(r, &r->end, "rangeEnd", where, err);
	if (rc == 0 && ip_cmp(&r->start, &r->end) > 0)
		rc = err_set(err, CNI_ERR_CONFIG, -EINVAL, "%s: range %s ends before it starts",
			     where, range_format(r, text));
	return rc;
}

/* One range of each set that share an address; false if there are none. */
static bool sets_overlap(const struct range_set *a, const struct range_set *b,
			 const struct range **in_a, const struct range **in_b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++) {
			*in_a = &a->ranges[i];
			*in_b = &b->ranges[k];
			if (*in_a != *in_b && (range_has(*in_a, &(*in_b)->start) ||
					       range_has(*in_b, &(*in_a)->start)))
				return true;
		}
	return false;
}

static char *place_of(const struct range_set *set, const char *where, size_t idx,
		      char buf[static PLACE_MAX])
{
	if (set->where[0])
		snprintf(buf, PLACE_MAX, "%s", set->where);
	else
		snprintf(buf, PLACE_MAX, "%s[%zu]", where, idx);
	return buf;
}

static int family_check(const struct range_set *set, const char *place, struct err *err)
{
	char first[PREFIX_STR_MAX], other[PREFIX_STR_MAX];

	if (set->count == 0)
		return err_set(err, CNI_ERR_CONFIG, -EINVAL, "%s: the range set is empty", place);
	for (size_t i = 1; i < set->count; i++)
		if (set->ranges[i].subnet.ip.family != set->ranges[0].subnet.ip.family)
			return err_set(err, CNI_ERR_CONFIG, -EINVAL,
				       "%s: mixed address families: %s and %s", place,
				       prefix_format(&set->ranges[0].subnet, first),
				       prefix_format(&set->ranges[i].subnet, other));
	return 0;
}

int range_sets_check(const struct range_set *sets, size_t count, const char *where, struct err *err)
{
	char text_a[RANGE_STR_MAX], text_b[RANGE_STR_MAX], place_a[PLACE_MAX], place_b[PLACE_MAX];
	const struct range *a, *b;

	if (count == 0)
		return err_set(err, CNI_ERR_CONFIG, -EINVAL, "%s: there is no range", where);
	for (size_t i = 0; i < count; i++) {
		if (family_check(&sets[i], place_of(&sets[i], where, i, place_b), err) < 0)
			return -EINVAL;
		for (size_t k = 0; k <= i; k++) /* k == i: inside the set */
			if (sets_overlap(&sets[k], &sets[i], &a, &b))
				return err_set(err, CNI_ERR_CONFIG, -EINVAL,
					       "%s: %s overlaps %s of %s", place_b,
					       range_format(b, text_b), range_format(a, text_a),
					       place_of(&sets[k], where, k, place_a));
	}
	return 0;
}

const struct range *range_set_find(const struct range_set *set, const struct ip *ip)
{
	for (size_t i = 0; i < set->count; i++)
		if (range_has(&set->ranges[i], ip))
			return &set->ranges[i];
	return NULL;
}

char *range_set_format(const struct range_set *set, char *buf, size_t size)
{
	char text[RANGE_STR_MAX];
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < set->count && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? "," : "",
					range_format(&set->ranges[i], text));
	return buf;
}
