// SPDX-License-Identifier: GPL-2.0-or-later
/* `ipvlan list`: every attachment of this node, a line each. */
#include <stdio.h>
#include <stdlib.h>
#include "pkg/base/log.h"
#include "pkg/cni/json_out.h"
#include "plugin/tool/attachments.h"
#include "plugin/tool/columns.h"
#include "plugin/tool/show.h"
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan list [--network NAME] [--data-dir DIR] [--json]\n"
	"\n"
	"Every attachment of this node: network, container and pod, interface, master, mode, datapath,\n"
	"addresses, since when, and how much went in and out. Run it where the plugin runs, in the\n"
	"host's netns. `ipvlan show ID` tells all of one.\n";

/* "1.2 MiB" */
static char *size_text(uint64_t bytes, char buf[static 24])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double size = (double)bytes;
	size_t unit = 0;

	while (size >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		size /= 1024;
		unit++;
	}
	snprintf(buf, 24, unit && size < 10 ? "%.1f %s" : "%.0f %s", size, units[unit]);
	return buf;
}

static void put_row(struct columns *c, const struct attachments *all, const struct attachment *a)
{
	char *addresses = attachment_addresses(all, a);
	char time[TIME_TEXT_MAX], size[24], pod[POD_TEXT_MAX];

	columns_put(c, "%s", a->network);
	columns_put(c, "%.13s", a->container_id);
	columns_put(c, "%s", attachment_pod(a, pod));
	columns_put(c, "%s", a->ifname);
	columns_put(c, "%s", a->master);
	columns_put(c, "%s", a->mode);
	columns_put(c, "%s", a->datapath);
	columns_put(c, "%s", addresses);
	columns_put(c, "%s", networks_time(a->first ? a->first->since_s : 0, false, time));
	columns_put(c, "%s", size_text(a->slave.rx_bytes, size));
	columns_put(c, "%s", size_text(a->slave.tx_bytes, size));
	free(addresses);
}

static void print_table(const struct attachments *all)
{
	static const char *const heads[] = { "NETWORK", "CONTAINER", "POD",	 "INTERFACE",
					     "MASTER",	"MODE",	     "DATAPATH", "ADDRESSES",
					     "SINCE",	"RX",	     "TX",	 NULL };
	struct columns c;

	columns_open(&c, heads);
	for (size_t i = 0; i < all->count; i++)
		put_row(&c, all, &all->v[i]);
	columns_print(&c);
}

static void print_json(const struct attachments *all)
{
	struct json_out out;

	json_out_open(&out);
	json_out_array(&out, "attachments");
	for (size_t i = 0; i < all->count; i++)
		show_put_json(&out, all, &all->v[i], false);
	json_out_end(&out);
	json_out_print(&out);
}

static int list(const struct tool_options *o, struct node *n)
{
	struct attachments all;
	struct err err = { 0 };
	int rc = attachments_read(o, n, &all, &err), status = rc < 0 || !all.is_whole;

	if (rc < 0)
		log_warn("%s", err.msg);
	else if (o->is_json)
		print_json(&all);
	else
		print_table(&all);
	attachments_free(&all);
	return status;
}

const struct tool tool_list = {
	.name = "list",
	.summary = "every attachment of this node",
	.usage = usage,
	.act = list,
};
