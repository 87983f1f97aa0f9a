// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever a plugin prints instead of a result: if it is an error object, ours is JSON, and read
 * again it says the same (but for bytes that are no UTF-8, and for what is longer than ours).
 */
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = { 0 }, again = { 0 };
	char *text;

	if (!cni_error_parse((const char *)data, size, &err)) {
		must(!err_is_set(&err));
		return 0;
	}
	text = cni_error_print(&err, "1.1.0");
	must_be_json(text);
	must(cni_error_parse(text, strlen(text), &again) && again.code == err.code);
	must(strstr(text, "\xef\xbf\xbd") ||
	     (strcmp(again.msg, err.msg) == 0 && strcmp(again.details, err.details) == 0));
	free(text);
	return 0;
}
