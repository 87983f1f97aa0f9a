/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routing rules by rtnetlink. */
#ifndef NL_RULE_H
#define NL_RULE_H

#include <stddef.h>
#include <stdint.h>
#include "pkg/nl/nl.h"

#define RULE_TABLE_OF_VRF 0 /* that of the VRF which the interface is in (l3mdev) */

/* The tables that the rules of IPv4 and IPv6 look up; *out is freed with free(). */
int rule_tables(struct nl *nl, uint32_t **out, size_t *count, struct err *err);

#endif
