// SPDX-License-Identifier: GPL-2.0-or-later
/* How full each range is; all that is known of one address. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/cni/json_out.h"
#include "plugin/tool/columns.h"
#include "plugin/tool/confs.h"
#include "plugin/tool/ipam.h"

/* ---- ranges -------------------------------------------------------------------------------- */

struct fullness {
	const char *network, *file;
	const struct range *range;
	size_t set, held, stale, resting;
	double size; /* addresses that can be given */
};

struct showing {
	const struct listing *all;
	struct columns *columns; /* NULL: JSON */
	struct json_out *out;
};

/* How many first … last are; exact up to 2^53. */
static double count_of(const struct ip *first, const struct ip *last)
{
	double count = 0;

	for (size_t i = 0; i < ip_size(first); i++)
		count = count * 256 + last->bytes[i] - first->bytes[i];
	return count + 1;
}

static double size_of(const struct conf *conf, const struct range_set *set, size_t range)
{
	struct spans l;
	double size = 0;

	spans_of(&l, set);
	for (size_t i = 0; i < conf->ipam.n_exclude; i++)
		spans_cut(&l, &conf->ipam.exclude[i].first, &conf->ipam.exclude[i].last);
	for (size_t i = 0; i < l.count; i++)
		if (l.v[i].range == range)
			size += count_of(&l.v[i].first, &l.v[i].last);
	spans_free(&l);
	return size;
}

static void count(const struct listing *all, struct fullness *f)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct listed *r = &all->v[i];

		if (strcmp(r->network, f->network) != 0 || ip_cmp(&r->ip, &f->range->start) < 0 ||
		    ip_cmp(&r->ip, &f->range->end) > 0)
			continue;
		if (strcmp(r->state, "resting") == 0)
			f->resting++;
		else if (strcmp(r->state, "stale") == 0)
			f->stale++;
		else
			f->held++;
	}
}

static char *number(double n, char buf[static 32])
{
	snprintf(buf, 32, n < 1e15 ? "%.0f" : "%.3g", n);
	return buf;
}

static void put_fullness(const struct showing *s, const struct fullness *f)
{
	char first[IP_STR_MAX], last[IP_STR_MAX], size[32], left[32];
	double used = (double)(f->held + f->stale + f->resting);
	double free = f->size > used ? f->size - used : 0;
	double percent = f->size > 0 ? 100 * used / f->size : 100;

	ip_format(&f->range->start, first);
	ip_format(&f->range->end, last);
	if (s->columns) {
		columns_put(s->columns, "%s", f->network);
		columns_put(s->columns, "%zu", f->set);
		columns_put(s->columns, "%s-%s", first, last);
		columns_put(s->columns, "%s", number(f->size, size));
		columns_put(s->columns, "%zu", f->held);
		columns_put(s->columns, "%zu", f->stale);
		columns_put(s->columns, "%zu", f->resting);
		columns_put(s->columns, "%s", number(free, left));
		columns_put(s->columns, percent && percent < 1 ? "<1%%" : "%.0f%%", percent);
		columns_put(s->columns, "%s", f->file);
		return;
	}
	json_out_object(s->out, NULL);
	json_out_str(s->out, "network", f->network);
	json_out_int(s->out, "set", (int64_t)f->set);
	json_out_str(s->out, "first", first);
	json_out_str(s->out, "last", last);
	json_out_str(s->out, "size", number(f->size, size));
	json_out_int(s->out, "held", (int64_t)f->held);
	json_out_int(s->out, "stale", (int64_t)f->stale);
	json_out_int(s->out, "resting", (int64_t)f->resting);
	json_out_str(s->out, "free", number(free, left));
	json_out_str(s->out, "file", f->file);
	json_out_end(s->out);
}

static void show_conf(const struct conf *conf, const char *file, void *ctx)
{
	const struct showing *s = ctx;

	for (size_t set = 0; set < conf->ipam.n_sets; set++)
		for (size_t i = 0; i < conf->ipam.sets[set].count; i++) {
			struct fullness f = {
				.network = conf->name,
				.file = file,
				.range = &conf->ipam.sets[set].ranges[i],
				.set = set,
				.size = size_of(conf, &conf->ipam.sets[set], i),
			};

			count(s->all, &f);
			put_fullness(s, &f);
		}
}

static int show_ranges(const struct tool_options *o, const struct listing *all)
{
	static const char *const heads[] = { "NETWORK", "SET",		 "RANGE",   "SIZE",
					     "HELD",	"STALE",	 "RESTING", "FREE",
					     "FULL",	"CONFIGURED IN", NULL };
	struct showing s = { .all = all };
	struct json_out out;
	struct columns c;

	if (!o->is_json) {
		s.columns = &c;
		columns_open(&c, heads);
		confs_each_local(o, show_conf, &s);
		if (c.n_cells == c.n_columns)
			log_warn("ipam: no configuration in %s keeps reservations in %s",
				 o->conf_dir, o->data_dir);
		columns_print(&c);
		return 0;
	}
	s.out = &out;
	json_out_open(&out);
	json_out_array(&out, "ranges");
	confs_each_local(o, show_conf, &s);
	json_out_end(&out);
	json_out_print(&out);
	return 0;
}

/* ---- one address --------------------------------------------------------------------------- */

static void put_address(const struct listed *r)
{
	char address[IP_STR_MAX], since[TIME_TEXT_MAX];

	printf("%s in network %s: %s%s%s\n", ip_format(&r->ip, address), r->network, r->state,
	       r->why[0] ? ", " : "", r->why);
	printf("  since      %s\n", networks_time(r->since_s, false, since));
	printf("  container  %s\n  interface  %s\n", r->container_id, r->ifname);
	if (facts_have_pod(&r->facts))
		printf("  pod        %s/%s%s\n", r->facts.pod_namespace, r->facts.pod_name,
		       r->facts.is_sticky ? ", which gets it again" : "");
	if (r->facts.netns[0])
		printf("  netns      %s\n", r->facts.netns);
	if (!r->facts.boot[0] && strcmp(r->state, "foreign") != 0)
		printf("  nothing more is known: another plugin reserved it\n");
}

static int show_address(const struct listing *all, const char *text, struct json_out *out)
{
	size_t found = 0;
	struct ip ip;

	if (ip_parse(text, &ip) < 0) {
		log_warn("%s: not an IP address", text);
		return 2;
	}
	for (size_t i = 0; i < all->count; i++) {
		if (ip_cmp(&all->v[i].ip, &ip) != 0)
			continue;
		found++;
		if (out)
			ipam_put_json(out, &all->v[i], true);
		else
			put_address(&all->v[i]);
	}
	if (!found && !out)
		printf("%s: nobody holds it\n", text);
	return found ? 0 : 1;
}

static int show_addresses(const struct tool_options *o, const struct listing *all)
{
	struct json_out out;
	int rc = 0;

	if (o->is_json) {
		json_out_open(&out);
		json_out_array(&out, "reservations");
	}
	for (int i = 0; i < o->n_args; i++) {
		int one = show_address(all, o->args[i], o->is_json ? &out : NULL);

		rc = one > rc ? one : rc;
	}
	if (o->is_json) {
		json_out_end(&out);
		json_out_print(&out);
	}
	return rc;
}

int ipam_show(const struct tool_options *o, struct node *n)
{
	char **networks = networks_list(o);
	struct listing l;
	bool is_whole = ipam_read_all(o, n, networks, &l);
	int rc = o->n_args ? show_addresses(o, &l) : show_ranges(o, &l);

	networks_forget(&l);
	mem_strs_free(networks);
	return is_whole ? rc : 1;
}
