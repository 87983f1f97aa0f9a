/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call by a runtime, from its first to its last byte: its words are in the environment and on
 * stdin, the answer on stdout is JSON, errors too (specification 1.1.0, "Section 2: Execution
 * Protocol").
 */
#ifndef PLUGIN_SERVE_H
#define PLUGIN_SERVE_H

#include "pkg/base/err.h"
#include "pkg/cni/env.h"

/*
 * Does what is asked and prints the answer of success. version: the configuration's cniVersion, as
 * soon as it is known, for an error's object.
 */
typedef int serve_fn(const struct cni_env *env, const char *request, size_t len,
		     char version[static 16], struct err *err);

/* The exit status of the process. */
int serve(serve_fn *run);

#endif
