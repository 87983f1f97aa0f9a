/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses alone, for the interface of another plugin (bridge, macvlan …) whose ipam.type is
 * IPAM_NAME: the same binary, called by that name (specification 1.1.0, "Section 4: Plugin Delegation").
 */
#ifndef PLUGIN_STANDALONE_H
#define PLUGIN_STANDALONE_H

#include <stdbool.h>
#include "plugin/command.h"

/* Whether argv[0] asks for it. */
bool standalone_is_name(const char *program);

/* As command_run(). */
int standalone_run(const struct cni_env *env, const char *request, size_t len,
		   char version[static 16], struct err *err);

#endif
