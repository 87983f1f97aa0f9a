// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/hold.h"

#include <errno.h>

#include "pkg/ipam/ips.h"

static int note_ip(const struct ip *ip, void *ctx)
{
	ips_append(ctx, ip);
	return 0;
}

static bool is_listed(const struct ips *l, const struct ip *ip)
{
	for (size_t i = 0; i < l->count; i++)
		if (ip_cmp(&l->v[i], ip) == 0)
			return true;
	return false;
}

static int refuse_held(const struct ip *ip, struct err *err)
{
	char text[IP_STR_MAX];

	err_set(err, CNI_ERR_ADDRESS, -EEXIST,
		"ipam: address %s is held by another attachment of the network",
		ip_format(ip, text));
	err_details(err, "`ipvlan ipam show %s` says by which", text);
	return -EEXIST;
}

int hold_add(struct store *s, const struct lease *leases, size_t n, const struct owner *o,
	     struct err *err)
{
	struct ips before = { 0 }, taken = { 0 };
	int rc = s->ops->held(s, o, note_ip, &before, err);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct ip *ip = &leases[i].address.ip;

		if (is_listed(&before, ip) || is_listed(&taken, ip))
			continue;
		rc = s->ops->reserve(s, ip, o, err);
		if (rc == 0)
			ips_append(&taken, ip);
		else if (rc == -EEXIST)
			rc = refuse_held(ip, err);
	}
	if (rc == 0 && taken.count && s->ops->commit)
		rc = s->ops->commit(s, o, err);
	if (rc > 0)
		rc = refuse_held(&taken.v[0], err);
	while (rc < 0 && taken.count > 0)
		s->ops->cancel(s, &taken.v[--taken.count], NULL);
	ips_free(&before);
	ips_free(&taken);
	return rc;
}

int hold_check(struct store *s, const struct lease *leases, size_t n, const struct owner *o,
	       struct err *err)
{
	struct ips held = { 0 };
	char text[IP_STR_MAX];
	int rc = s->ops->held(s, o, note_ip, &held, err);

	for (size_t i = 0; rc == 0 && i < n; i++)
		if (!is_listed(&held, &leases[i].address.ip))
			rc = err_set(err, CNI_ERR_CHANGED, -ENOENT,
				     "ipam: %s of container %s does not hold %s", o->ifname,
				     o->container_id, ip_format(&leases[i].address.ip, text));
	ips_free(&held);
	return rc;
}
