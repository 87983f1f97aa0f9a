/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLUGIN_IPAM_STORE_H
#define PLUGIN_IPAM_STORE_H

#include "plugin/attach.h"

/*
 * Opens the store in which this program keeps its reservations; there is one definition a program:
 * ipam_store.c in ipvlan, cluster/store.c in ipvlan-cluster. create: for ADD; else *s may be NULL
 * with 0, where nothing was ever reserved.
 */
int ipam_store_open(const struct attach *a, bool create, struct store **s, struct err *err);

#endif
