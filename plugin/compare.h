/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CHECK: what ADD answered (prevResult) beside what is there. Each says the first difference, what
 * it is and what it should be, with code 107.
 */
#ifndef PLUGIN_COMPARE_H
#define PLUGIN_COMPARE_H

#include "plugin/attach.h"

/* The interface that was found (a->slave): where it is, its MAC and MTU. */
int compare_interface(struct attach *a, struct err *err);

/* The addresses on it: each that is this attachment's must be there. Others may be. */
int compare_addresses(struct attach *a, struct err *err);

/*
 * The routes: each must be there, in its table, with all that it says and nothing that it does not,
 * out of whichever interface: what comes later in a chain may give it another one (vrf), or, if it
 * says no table, another table (sbr).
 */
int compare_routes(struct attach *a, struct err *err);

#endif
