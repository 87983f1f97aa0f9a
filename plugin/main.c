// SPDX-License-Identifier: GPL-2.0-or-later
/* Environment and stdin in, one command, one answer on stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/cni/env.h"
#include "plugin/command.h"
#include "plugin/serve.h"
#include "plugin/standalone.h"
#include "plugin/tool/tool.h"

/* For a person. */
static int tell(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		return puts("ipvlan-cni " PROGRAM_VERSION) < 0;
	if (argc > 1 && tool_find(argv[1]))
		return tool_find(argv[1])->run(argc - 1, argv + 1);
	fputs("ipvlan-cni " PROGRAM_VERSION ": the CNI plugin \"ipvlan\"\n"
	      "\n"
	      "It is run by a container runtime, with the command in the environment and the\n"
	      "network configuration on stdin. By hand, as root:\n"
	      "\n"
	      "  ip netns add pod\n"
	      "  CNI_COMMAND=ADD CNI_CONTAINERID=pod CNI_NETNS=/run/netns/pod CNI_IFNAME=eth0 \\\n"
	      "  CNI_PATH=/opt/cni/bin ipvlan < examples/l2.conf\n"
	      "\n"
	      "For the person on the node:\n"
	      "\n"
	      "  ipvlan list                                      every attachment of this node\n"
	      "  ipvlan ipam list|show|free|import|export|check   who holds which address\n"
	      "  ipvlan gc                                        free what nobody can be using\n"
	      "  ipvlan ebpf                                      pods by eBPF, and what was dropped\n"
	      "  ipvlan lock|unlock                               hold an interface to its addresses\n"
	      "\n"
	      "CNI protocol versions: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0\n",
	      stderr);
	return argc > 1 && strcmp(argv[1], "--help") != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (!cni_env_is_runtime())
		return tell(argc, argv);
	return serve(standalone_is_name(argv[0]) ? standalone_run : command_run);
}
