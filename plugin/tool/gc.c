// SPDX-License-Identifier: GPL-2.0-or-later
/* `ipvlan gc`: frees the addresses that nobody can be using. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/cni/json_out.h"
#include "plugin/tool/ipam.h"
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan gc [--dry-run] [--network NAME] [--data-dir DIR] [--json]\n"
	"\n"
	"Frees the addresses whose attachment is proven dead: it is of an earlier boot, or its netns is\n"
	"gone. What nothing proves stays. (The verb GC, which runtimes call with a list of what lives,\n"
	"takes interfaces away too.)\n"
	"\n"
	"  --dry-run    say what would be freed and why, and free nothing\n";

/* ---- what would be -------------------------------------------------------------------------- */

static int tell(const struct tool_options *o, struct node *n)
{
	char address[IP_STR_MAX];
	struct json_out out;
	struct listing l;
	bool is_whole = networks_read_all(o, n, &l);

	if (o->is_json) {
		json_out_open(&out);
		json_out_array(&out, "reservations");
	}
	for (size_t i = 0; i < l.count; i++) {
		const struct listed *r = &l.v[i];

		if (strcmp(r->state, "stale") != 0)
			continue;
		if (o->is_json)
			ipam_put_json(&out, r, false);
		else
			printf("%s: %s would be freed: %s\n", r->network,
			       ip_format(&r->ip, address), r->why);
	}
	if (o->is_json) {
		json_out_end(&out);
		json_out_print(&out);
	}
	networks_forget(&l);
	return is_whole ? 0 : 1;
}

/* ---- what is -------------------------------------------------------------------------------- */

static int free_dead(const struct tool_options *o, struct node *n, const char *network,
		     struct json_out *out)
{
	struct err err = { 0 };
	struct store *s = NULL;
	size_t freed = 0;
	int rc;

	if (!networks_open_store(o, n, network, &s))
		return 1;
	rc = store_dir_reclaim(s, &freed, &err);
	if (rc < 0)
		log_warn("%s", err.msg);
	s->ops->close(s);
	if (out)
		json_out_int(out, network, (int64_t)freed);
	else
		printf("%s: %zu freed\n", network, freed);
	return rc < 0;
}

static int gc(const struct tool_options *o, struct node *n)
{
	char **networks;
	struct json_out out;
	int status = 0;

	if (o->is_dry)
		return tell(o, n);
	networks = networks_list(o);
	if (o->is_json) {
		json_out_open(&out);
		json_out_object(&out, "freed");
	}
	for (char **name = networks; *name; name++)
		status |= free_dead(o, n, *name, o->is_json ? &out : NULL);
	if (o->is_json) {
		json_out_end(&out);
		json_out_print(&out);
	}
	mem_strs_free(networks);
	return status;
}

const struct tool tool_gc = {
	.name = "gc",
	.summary = "free the addresses that nobody can be using",
	.usage = usage,
	.act = gc,
};
