// SPDX-License-Identifier: GPL-2.0-or-later
/* Environment and stdin in, one command, one answer on stdout. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/cni/env.h"
#include "pkg/cni/result.h"
#include "plugin/command.h"
#include "plugin/standalone.h"
#include "plugin/tool/tool.h"

static int read_request(char **request, size_t *len, struct err *err)
{
	int rc = file_read_all(STDIN_FILENO, JSON_TEXT_MAX, request, len);

	if (rc == -EFBIG)
		return err_set(err, CNI_ERR_IO, rc,
			       "stdin: the network configuration is longer than %u bytes",
			       JSON_TEXT_MAX);
	if (rc < 0)
		return err_errno(err, CNI_ERR_IO, rc, "stdin: read the network configuration");
	return 0;
}

/* For a runtime: its words are in the environment, its answer is JSON, errors too. */
static int serve(const char *program)
{
	cleanup_free char *request = NULL, *text = NULL;
	char version[16] = "1.1.0"; /* of an error's object, until the configuration says which */
	struct err err = { 0 };
	struct cni_env env;
	size_t len = 0;
	int rc = cni_env_read(&env, &err);

	/* Whoever does not want the answer must not keep us from undoing what it is about. */
	signal(SIGPIPE, SIG_IGN);
	if (rc == 0)
		rc = read_request(&request, &len, &err);
	if (rc == 0)
		rc = (standalone_is_name(program) ? standalone_run :
						    command_run)(&env, request, len, version, &err);
	if (rc == 0)
		return EXIT_SUCCESS;
	if (!err_is_set(&err))
		err_errno(&err, CNI_ERR_IO, rc, "%s", cni_verb_name(env.verb));
	text = cni_error_print(&err, version);
	if (fputs(text, stdout) < 0 || fflush(stdout))
		fputs(text, stderr);
	return EXIT_FAILURE;
}

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
	      "  ipvlan ipam list|show|free|import|export|check   who holds which address\n"
	      "  ipvlan gc                                        free what nobody can be using\n"
	      "\n"
	      "CNI protocol versions: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0\n",
	      stderr);
	return argc > 1 && strcmp(argv[1], "--help") != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	return cni_env_is_runtime() ? serve(argv[0]) : tell(argc, argv);
}
