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
#include "plugin/tool/fullness.h"
#include "plugin/tool/ipam.h"

/* ---- ranges -------------------------------------------------------------------------------- */

struct showing {
	const struct listing *all;
	const char *file;
	struct columns *columns; /* NULL: JSON */
	struct json_out *out;
};

static void put_fullness(const struct fullness *f, void *ctx)
{
	char first[IP_STR_MAX], last[IP_STR_MAX], size[32], left[32];
	const struct showing *s = ctx;
	double percent = fullness_percent(f);

	ip_format(&f->range->start, first);
	ip_format(&f->range->end, last);
	fullness_number(f->size, size);
	fullness_number(fullness_free(f), left);
	if (s->columns) {
		columns_put(s->columns, "%s", f->network);
		columns_put(s->columns, "%zu", f->set);
		columns_put(s->columns, "%s-%s", first, last);
		columns_put(s->columns, "%s", size);
		columns_put(s->columns, "%zu", f->held);
		columns_put(s->columns, "%zu", f->stale);
		columns_put(s->columns, "%zu", f->resting);
		columns_put(s->columns, "%s", left);
		columns_put(s->columns, percent && percent < 1 ? "<1%%" : "%.0f%%", percent);
		columns_put(s->columns, "%s", s->file);
		return;
	}
	json_out_object(s->out, NULL);
	json_out_str(s->out, "network", f->network);
	json_out_int(s->out, "set", (int64_t)f->set);
	json_out_str(s->out, "first", first);
	json_out_str(s->out, "last", last);
	json_out_str(s->out, "size", size);
	json_out_int(s->out, "held", (int64_t)f->held);
	json_out_int(s->out, "stale", (int64_t)f->stale);
	json_out_int(s->out, "resting", (int64_t)f->resting);
	json_out_str(s->out, "free", left);
	json_out_str(s->out, "file", s->file);
	json_out_end(s->out);
}

static void show_conf(const struct conf *conf, const char *file, void *ctx)
{
	struct showing *s = ctx;

	s->file = file;
	fullness_each(conf, s->all, put_fullness, s);
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
	struct listing l;
	bool is_whole = networks_read_all(o, n, &l);
	int rc = o->n_args ? show_addresses(o, &l) : show_ranges(o, &l);

	networks_forget(&l);
	return is_whole ? rc : 1;
}
