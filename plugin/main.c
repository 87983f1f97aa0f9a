// SPDX-License-Identifier: GPL-2.0-or-later
/* Environment and stdin in, one command, one answer on stdout. */
#include "pkg/cni/env.h"
#include "plugin/command.h"
#include "plugin/serve.h"
#include "plugin/standalone.h"
#include "plugin/tool/tool.h"

int main(int argc, char **argv)
{
	if (!cni_env_is_runtime())
		return tool_main(argc, argv);
	return serve(standalone_is_name(argv[0]) ? standalone_run : command_run);
}
