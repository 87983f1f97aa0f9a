// SPDX-License-Identifier: GPL-2.0-or-later
/* CNI_ARGS: what is given out lies inside the copy; what is refused is explained. */
#include <stdlib.h>
#include <string.h>

#include "pkg/cni/env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const struct cni_args *args, const char *value, size_t len)
{
	if (value && (value < args->buf || value + strlen(value) > args->buf + len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct err err = { 0 };
	struct cni_args args;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (cni_args_parse(text, &args, &err) == 0) {
		inside(&args, args.ip, size);
		inside(&args, args.gateway, size);
		inside(&args, args.mac, size);
		cni_args_free(&args);
	} else if (err.code != CNI_ERR_ENV || args.buf) {
		abort();
	}
	free(text);
	return 0;
}
