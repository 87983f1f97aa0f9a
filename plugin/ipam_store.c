// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/ipam_store.h"

#include "pkg/ipam/store_dir.h"

int ipam_store_open(const struct attach *a, bool create, struct store **s, struct err *err)
{
	return store_dir_open(a->conf->ipam.data_dir, a->conf->name, create, s, err);
}
