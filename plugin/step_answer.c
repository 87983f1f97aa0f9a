// SPDX-License-Identifier: GPL-2.0-or-later
/* The answer on stdout: the last that can fail, and so inside the undo. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pkg/base/cleanup.h"
#include "plugin/steps.h"

static int write_all(const char *text, size_t len, struct err *err)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, CNI_ERR_IO, -errno, "stdout: write the result");
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int apply(struct attach *a, struct err *err)
{
	cleanup_free char *text = NULL;

	/* The configuration goes before the IPAM, and that before prevResult. */
	cni_dns_replace(&a->result.dns, &a->conf->dns);
	text = cni_result_print(&a->result, a->conf->version, err);
	return text ? write_all(text, strlen(text), err) : -EINVAL;
}

const struct step step_answer = {
	.name = "answer",
	.apply = apply,
};
