// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/ipam.h"

#include <stdio.h>
#include <string.h>
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan ipam COMMAND [OPTION...] [ARGUMENT...]\n"
	"\n"
	"  list                    every reservation: who holds it since when, which are stale and why\n"
	"  show [ADDRESS...]       how full each configured range is; all that is known of an address\n"
	"  free ADDRESS...         take a reservation away; one that may be in use only with --force\n"
	"  export                  all reservations as JSON, to stdout\n"
	"  import [FILE]           reserve what an export has (stdin without FILE)\n"
	"  check                   compare reservations, interfaces and netns; 1 if they differ\n"
	"\n"
	"  --network NAME          this one alone (default: all)\n"
	"  --data-dir DIR          where reservations are (default: " STORE_DIR_DEFAULT ")\n"
	"  --conf-dir DIR          where configurations are (default: /etc/cni/net.d)\n"
	"  --json                  for programs\n";

static const struct {
	const char *name;
	int (*run)(const struct tool_options *o, struct node *n);
} commands[] = {
	{ "list", ipam_list },	   { "show", ipam_show },     { "free", ipam_free },
	{ "export", ipam_export }, { "import", ipam_import }, { "check", ipam_check },
};

static int ipam(const struct tool_options *o, struct node *n)
{
	struct tool_options rest = *o;

	rest.args++;
	rest.n_args--;
	for (size_t i = 0; o->n_args && i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(o->args[0], commands[i].name) == 0)
			return commands[i].run(&rest, n);
	fputs(usage, stderr);
	return 2;
}

const struct tool tool_ipam = {
	.name = "ipam",
	.summary = "list|show|free|import|export|check: who holds which address",
	.usage = usage,
	.act = ipam,
};
