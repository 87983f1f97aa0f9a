/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of the CNI specification 1.1.0, "Section 2: Execution Protocol". */
#ifndef PLUGIN_COMMAND_H
#define PLUGIN_COMMAND_H

#include <stddef.h>
#include "pkg/base/err.h"
#include "pkg/cni/env.h"

/*
 * Runs the verb on a configuration, as text. An answer of success goes to stdout. On an error
 * version gets the configuration's cniVersion for the error's object; it is left alone if there is
 * none.
 */
int command_run(const struct cni_env *env, const char *request, size_t len, char version[static 16],
		struct err *err);

#endif
