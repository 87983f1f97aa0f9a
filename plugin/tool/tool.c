// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/tool.h"

#include <stdio.h>
#include <string.h>
#include "pkg/base/log.h"

static const struct tool *const tools[] = { &tool_list, &tool_show,   &tool_doctor, &tool_explain,
					    &tool_ipam, &tool_gc,     &tool_ebpf,   &tool_metrics,
					    &tool_lock, &tool_unlock, &tool_install };

#define N_TOOLS (sizeof(tools) / sizeof(*tools))

static const char about[] =
	"ipvlan-cni " PROGRAM_VERSION ": the CNI plugin \"ipvlan\"\n"
	"\n"
	"It is run by a container runtime, with the command in the environment and the\n"
	"network configuration on stdin. By hand, as root:\n"
	"\n"
	"  ip netns add pod\n"
	"  CNI_COMMAND=ADD CNI_CONTAINERID=pod CNI_NETNS=/run/netns/pod CNI_IFNAME=eth0 \\\n"
	"  CNI_PATH=/opt/cni/bin ipvlan < examples/l2.conf\n"
	"\n"
	"For the person on the node (`ipvlan TOOL --help` tells more):\n"
	"\n";

static void print_help(FILE *f)
{
	fputs(about, f);
	for (size_t i = 0; i < N_TOOLS; i++)
		fprintf(f, "  ipvlan %-10s %s\n", tools[i]->name, tools[i]->summary);
	fputs("\nCNI protocol versions: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0\n", f);
}

static int run(const struct tool *t, int argc, char **argv)
{
	struct tool_options o;
	struct node n;
	int status = t->run ? 0 : options_read(argc, argv, t->usage, &o);

	if (t->run)
		return t->run(argc, argv);
	if (status)
		return status - 1;
	networks_open(&n);
	status = t->act(&o, &n);
	networks_close(&n);
	return status;
}

int tool_main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		return puts("ipvlan-cni " PROGRAM_VERSION) < 0;
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		print_help(stdout);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < N_TOOLS; i++)
		if (strcmp(argv[1], tools[i]->name) == 0)
			return run(tools[i], argc - 1, argv + 1);
	if (argc > 1)
		log_warn("there is no tool \"%s\"", argv[1]);
	print_help(stderr);
	return argc > 1 ? 2 : 0;
}
