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

static int free_dead(const struct tool_options *o, struct node *n, const char *network)
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
	printf("%s: %zu freed\n", network, freed);
	return rc < 0;
}

static int gc(const struct tool_options *o, struct node *n)
{
	char **networks = networks_list(o);
	int status = 0;

	for (char **name = networks; *name; name++)
		status |= free_dead(o, n, *name);
	mem_strs_free(networks);
	return status;
}

const struct tool tool_gc = {
	.name = "gc",
	.summary = "free what nobody can be using",
	.usage = usage,
	.act = gc,
};
