// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ipvlan-cluster: an IPAM plugin ("ipam": {"type": "ipvlan-cluster"}) for networks that many nodes
 * share, and its tools. host-local's keys and behaviour over another store.
 */
#include <stdio.h>
#include <string.h>
#include "plugin/cluster/tool.h"
#include "plugin/serve.h"
#include "plugin/standalone.h"

static int tell(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		return puts("ipvlan-cni " PROGRAM_VERSION) < 0;
	return cluster_tool(argc, argv);
}

int main(int argc, char **argv)
{
	return cni_env_is_runtime() ? serve(standalone_run) : tell(argc, argv);
}
