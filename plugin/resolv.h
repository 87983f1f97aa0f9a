/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A resolver configuration, as ipam.resolvConf names one. */
#ifndef PLUGIN_RESOLV_H
#define PLUGIN_RESOLV_H

#include "pkg/cni/result.h"

/* Reads the file (resolv.conf(5)) into an empty *out. Code 5 naming the path. */
int resolv_read(const char *path, struct cni_dns *out, struct err *err);

#endif
