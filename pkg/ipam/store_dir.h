/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory of one file an address, in the reference host-local's format, so that a node can change
 * plugin and back: <data_dir>/<network>/<address> holds "<container id>\r\n<ifname>",
 * last_reserved_ip.<set> the address given last, lock is the flock target.
 */
#ifndef IPAM_STORE_DIR_H
#define IPAM_STORE_DIR_H

#include "pkg/ipam/store.h"

#define STORE_DIR_DEFAULT "/var/lib/cni/networks"

/*
 * Opens and locks (waiting for its turn) the store of a network. create: make the directory if it
 * is not there; else *out is NULL and 0 returned where there is none (nothing is reserved).
 * Errors: code 109 naming the path. Close with s->ops->close(s).
 */
int store_dir_open(const char *data_dir, const char *network, bool create, struct store **out,
		   struct err *err);

#endif
