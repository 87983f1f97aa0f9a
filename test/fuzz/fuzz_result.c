// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A result that is read can be printed in each version that can say it; what is printed is JSON,
 * and read again and printed again it is the same text.
 */
#include "test/fuzz/fuzz.h"

static int parse(const char *text, size_t len, enum cni_version version, struct cni_result *r)
{
	struct json root;
	cJSON *doc;
	int rc;

	if (json_parse(text, len, "result", &doc, NULL) < 0)
		return -1;
	root = json_root(doc);
	rc = cni_result_parse(&root, version, r, NULL);
	cJSON_Delete(doc);
	return rc;
}

static void print_and_return(const struct cni_result *r, enum cni_version version)
{
	char *first = cni_result_print(r, version, NULL), *second;
	struct cni_result again;

	if (!first)
		return;
	must_be_json(first);
	must(parse(first, strlen(first), CNI_0_1_0, &again) == 0);
	second = cni_result_print(&again, version, NULL);
	must(second && strcmp(first, second) == 0);
	cni_result_free(&again);
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cni_result r;

	if (size == 0 || parse((const char *)data + 1, size - 1, data[0] % CNI_VERSIONS, &r) < 0)
		return 0;
	for (enum cni_version v = 0; v < CNI_VERSIONS; v++)
		print_and_return(&r, v);
	cni_result_free(&r);
	return 0;
}
