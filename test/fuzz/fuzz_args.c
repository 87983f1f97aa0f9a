// SPDX-License-Identifier: GPL-2.0-or-later
/* CNI_ARGS: what is given out lies inside the copy; what is refused is explained. */
#include "pkg/cni/env.h"
#include "test/fuzz/fuzz.h"

static void inside(const struct cni_args *args, const char *value, size_t len)
{
	must(!value || (value >= args->buf && value + strlen(value) <= args->buf + len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct err err = { 0 };
	struct cni_args args;

	if (cni_args_parse(text, &args, &err) == 0) {
		inside(&args, args.ip, size);
		inside(&args, args.gateway, size);
		inside(&args, args.mac, size);
		cni_args_free(&args);
	} else {
		must(err.code == CNI_ERR_ENV && !args.buf);
		must_explain(&err);
	}
	free(text);
	return 0;
}
