/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `ipvlan ipam …`: its commands, one file each. Exit statuses: 0, 1 not as it should be, 2 usage.
 */
#ifndef PLUGIN_TOOL_IPAM_H
#define PLUGIN_TOOL_IPAM_H

#include "plugin/tool/networks.h"

int ipam_list(const struct tool_options *o, struct node *n);
int ipam_show(const struct tool_options *o, struct node *n);
int ipam_free(const struct tool_options *o, struct node *n);
int ipam_export(const struct tool_options *o, struct node *n);
int ipam_import(const struct tool_options *o, struct node *n);
int ipam_check(const struct tool_options *o, struct node *n);

struct json_out;
/* One reservation as an object. is_whole: with all that import needs. */
void ipam_put_json(struct json_out *out, const struct listed *r, bool is_whole);

#endif
