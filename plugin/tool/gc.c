// SPDX-License-Identifier: GPL-2.0-or-later
/* `ipvlan gc`: frees the addresses that nobody can be using. */
#include <stdio.h>
#include <stdlib.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "plugin/tool/networks.h"
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan gc [--network NAME] [--data-dir DIR]\n"
	"\n"
	"Frees the addresses whose attachment is proven dead: it is of an earlier boot, or its netns is\n"
	"gone. What nothing proves stays; `ipvlan ipam list` says which are stale and why.\n";

static int run(int argc, char **argv)
{
	struct tool_options o;
	struct node n;
	char **networks;
	int status = networks_options(argc, argv, usage, &o);

	if (status)
		return status - 1;
	networks_open(&n);
	networks = networks_list(&o);
	for (char **name = networks; *name; name++) {
		struct err err = { 0 };
		struct store *s = NULL;
		size_t freed = 0;

		if (!networks_open_store(&o, &n, *name, &s)) {
			status = 1;
			continue;
		}
		if (store_dir_reclaim(s, &freed, &err) < 0) {
			log_warn("%s", err.msg);
			status = 1;
		}
		s->ops->close(s);
		printf("%s: %zu freed\n", *name, freed);
	}
	mem_strs_free(networks);
	networks_close(&n);
	return status;
}

const struct tool tool_gc = { .name = "gc", .run = run };
