// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever a plugin prints instead of a result: if it is an error object, ours is JSON, and read
 * again it says the same (but for bytes that are no UTF-8, and for what is longer than ours).
 */
#include <stdlib.h>
#include <string.h>

#include "pkg/cni/json_check.h"
#include "pkg/cni/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = { 0 }, again = { 0 };
	const char *wanted;
	char *text;

	if (!cni_error_parse((const char *)data, size, &err)) {
		if (err_is_set(&err))
			abort();
		return 0;
	}
	text = cni_error_print(&err, "1.1.0");
	if (json_check(text, strlen(text), &wanted) ||
	    !cni_error_parse(text, strlen(text), &again) || again.code != err.code)
		abort();
	if (!strstr(text, "\xef\xbf\xbd") &&
	    (strcmp(again.msg, err.msg) != 0 || strcmp(again.details, err.details) != 0))
		abort();
	free(text);
	return 0;
}
