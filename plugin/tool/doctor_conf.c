// SPDX-License-Identifier: GPL-2.0-or-later
/* What the configurations of this node say. */
#include <string.h>
#include "pkg/netns/netns.h"
#include "plugin/conf_keys.h"
#include "plugin/tool/doctor.h"

static bool is_read(const struct configured *c)
{
	return c->is_ours && !err_is_set(&c->refused);
}

static void conf_unreadable(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++)
		if (d->confs[i].unread)
			doctor_find(d, "%s", d->confs[i].unread);
}

static void conf_refused(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++)
		if (err_is_set(&d->confs[i].refused))
			doctor_find(d, "%s: %s", doctor_file(&d->confs[i]),
				    d->confs[i].refused.msg);
}

/* Of each file its first plugin. */
static void conf_duplicate(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++)
		for (size_t k = 0; k < i; k++) {
			const struct configured *a = &d->confs[k], *b = &d->confs[i];

			if (!a->doc || !b->doc || a->place || b->place ||
			    strcmp(a->network, b->network) != 0 || strcmp(a->file, b->file) == 0)
				continue;
			doctor_find(d, "network %s is configured by %s and by %s", a->network,
				    doctor_file(a), doctor_file(b));
			break;
		}
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void check_keys(struct doctor *d, const struct configured *c, enum key_place place,
		       const cJSON *object, const char *where)
{
	const cJSON *node;

	cJSON_ArrayForEach(node, object) {
		const char *like;

		if (!node->string || conf_key_is_known(place, node->string))
			continue;
		like = conf_key_like(place, node->string);
		doctor_find(d, "%s: %s%s means nothing%s%s%s", doctor_file(c), where, node->string,
			    like ? "; is \"" : "", like ?: "", like ? "\" meant?" : "");
	}
}

static void check_ranges(struct doctor *d, const struct configured *c, const cJSON *sets)
{
	const cJSON *set, *range;

	cJSON_ArrayForEach(set, sets)
		cJSON_ArrayForEach(range, set)
			check_keys(d, c, KEY_RANGE, range, "ipam.ranges: ");
}

/* Another IPAM plugin's keys are its own. */
static void key_unknown(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++) {
		const struct configured *c = &d->confs[i];
		const cJSON *ipam = c->doc ? cJSON_GetObjectItem(c->doc, "ipam") : NULL;

		if (!c->is_ours)
			continue;
		check_keys(d, c, KEY_PLUGIN, c->doc, "");
		if (!is_read(c) ||
		    (c->conf.ipam.kind != IPAM_HOST_LOCAL && c->conf.ipam.kind != IPAM_STATIC))
			continue;
		check_keys(d, c, KEY_IPAM, ipam, "ipam.");
		check_ranges(d, c, cJSON_GetObjectItem(ipam, "ranges"));
	}
}

/* ---- ranges --------------------------------------------------------------------------------- */

/* The first range of b that has addresses of a, or NULL. */
static const struct range *overlap(const struct range_set *a, const struct range_set *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++) {
			const struct range *x = &a->ranges[i], *y = &b->ranges[k];

			if (x->start.family == y->start.family && ip_cmp(&x->start, &y->end) <= 0 &&
			    ip_cmp(&y->start, &x->end) <= 0)
				return y;
		}
	return NULL;
}

static void compare_ranges(struct doctor *d, const struct configured *a, const struct configured *b)
{
	const struct ipam_conf *x = &a->conf.ipam, *y = &b->conf.ipam;
	char first[IP_STR_MAX], last[IP_STR_MAX];

	for (size_t i = 0; i < x->n_sets; i++)
		for (size_t k = 0; k < y->n_sets; k++) {
			const struct range *both = overlap(&x->sets[i], &y->sets[k]);

			if (both)
				doctor_find(d, "%s gives addresses of %s-%s, which is %s's range",
					    doctor_file(a), ip_format(&both->start, first),
					    ip_format(&both->end, last), doctor_file(b));
		}
}

/* Different VLANs are different networks, whose addresses may be the same. */
static void ranges_overlap(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++)
		for (size_t k = 0; k < i; k++) {
			const struct configured *a = &d->confs[k], *b = &d->confs[i];

			if (is_read(a) && is_read(b) && a->conf.vlan == b->conf.vlan &&
			    strcmp(a->network, b->network) != 0)
				compare_ranges(d, a, b);
		}
}

/* ---- what comes after us in a list ---------------------------------------------------------- */

/* The plugin of ours that is before it in its list, or NULL. */
static const struct configured *ours_before(const struct doctor *d, size_t i)
{
	for (size_t k = i; k-- > 0 && strcmp(d->confs[k].file, d->confs[i].file) == 0;)
		if (is_read(&d->confs[k]))
			return &d->confs[k];
	return NULL;
}

static void chain_useless(struct doctor *d)
{
	static const char *const filters[] = { "portmap", "firewall" };

	for (size_t i = 0; i < d->n_confs; i++) {
		const struct configured *before = ours_before(d, i);

		for (size_t f = 0; before && f < sizeof(filters) / sizeof(*filters); f++)
			if (strcmp(d->confs[i].type, filters[f]) == 0 &&
			    before->conf.mode != IPVLAN_MODE_L3S)
				doctor_find(d,
					    "%s: %s after an interface of mode %s: pods' packets "
					    "do not pass the host's rules",
					    doctor_file(before), filters[f],
					    datapath_mode_name(before->conf.mode));
		if (before && strcmp(d->confs[i].type, "bandwidth") == 0)
			doctor_find(d,
				    "%s: bandwidth limits the host's end of a pair, and refuses "
				    "where there is none",
				    doctor_file(before));
	}
}

static void no_forwarding(struct doctor *d)
{
	char is_on[8] = "1";

	if (netns_sysctl_read("ipv4/conf", "all", "forwarding", is_on, sizeof(is_on)) < 0 ||
	    strcmp(is_on, "0") != 0)
		return;
	for (size_t i = 0; i < d->n_confs; i++)
		if (ours_before(d, i) && strcmp(d->confs[i].type, "portmap") == 0)
			doctor_find(d,
				    "%s: portmap sends packets on to pods, and this host forwards "
				    "none (net.ipv4.ip_forward is 0)",
				    doctor_file(&d->confs[i]));
}

const struct check doctor_conf[] = {
	{ "conf-unreadable", SEVERITY_ERROR,
	  "correct the file, or take it away: runtimes stop at it", conf_unreadable, NULL },
	{ "conf-refused", SEVERITY_ERROR, "correct the key; ipvlan-cni(5) has them all",
	  conf_refused, NULL },
	{ "conf-duplicate", SEVERITY_ERROR,
	  "one of the two counts, which is the runtime's choice: rename or remove the other",
	  conf_duplicate, NULL },
	{ "key-unknown", SEVERITY_WARNING, "correct its spelling, or take it away", key_unknown,
	  NULL },
	{ "ranges-overlap", SEVERITY_WARNING,
	  "an address may be given twice: divide the range, or give both one name and dataDir",
	  ranges_overlap, NULL },
	{ "chain-useless", SEVERITY_WARNING,
	  "use mode l3s with our driver, or leave the plugin out", chain_useless, NULL },
	{ "no-forwarding", SEVERITY_WARNING,
	  "sysctl -w net.ipv4.ip_forward=1, and in /etc/sysctl.d", no_forwarding, NULL },
	{ 0 },
};
