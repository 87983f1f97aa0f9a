// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/cni/json.h"
#include "pkg/cni/result.h"
#include "plugin/versions.h"

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

int serve(serve_fn *run)
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
	else if (read_request(&request, &len, NULL) == 0)
		versions_peek(request, len, version);
	if (rc == 0)
		rc = run(&env, request, len, version, &err);
	if (rc == 0)
		return EXIT_SUCCESS;
	if (!err_is_set(&err))
		err_errno(&err, CNI_ERR_IO, rc, "%s", cni_verb_name(env.verb));
	text = cni_error_print(&err, version);
	if (fputs(text, stdout) < 0 || fflush(stdout))
		fputs(text, stderr);
	return EXIT_FAILURE;
}
