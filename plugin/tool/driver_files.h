/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ipvlan driver this node has: what is loaded, and what lies on its disk. */
#ifndef PLUGIN_TOOL_DRIVER_FILES_H
#define PLUGIN_TOOL_DRIVER_FILES_H

#include <stdbool.h>

struct driver_files {
	bool is_loaded; /* either: as a module, or part of the kernel */
	bool is_ours_loaded;
	bool is_any_there; /* loaded, or on disk for the running kernel */
	char ours[320];	   /* path of ours on disk, "" none */
	bool is_ours_signed;
};

void driver_files_look(struct driver_files *f);

/* Whether the firmware lets the kernel load signed modules alone (UEFI variable SecureBoot). */
bool driver_files_are_guarded(void);

#endif
