// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/tool.h"

#include <stddef.h>
#include <string.h>

static const struct tool *const tools[] = { &tool_list, &tool_ipam, &tool_gc,
					    &tool_ebpf, &tool_lock, &tool_unlock };

const struct tool *tool_find(const char *name)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++)
		if (strcmp(tools[i]->name, name) == 0)
			return tools[i];
	return NULL;
}
