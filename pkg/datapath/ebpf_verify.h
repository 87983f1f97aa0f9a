/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns "lower" and "verify" of the eBPF datapath (pkg/datapath/datapath.h). */
#ifndef DATAPATH_EBPF_VERIFY_H
#define DATAPATH_EBPF_VERIFY_H

#include "pkg/datapath/datapath.h"

int ebpf_lower(const struct datapath_ns *ns, const struct link *slave, struct link *master,
	       struct err *err);
int ebpf_verify(const struct datapath_ns *ns, const struct datapath_spec *spec, struct link *found,
		struct err *err);

#endif
