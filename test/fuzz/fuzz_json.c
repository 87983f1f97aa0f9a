// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What json_check() takes, libcjson takes; each node that is then asked for everything answers
 * without harm, and its path never runs over.
 */
#include "pkg/cni/json.h"
#include "test/fuzz/fuzz.h"

static void ask(const struct json *j)
{
	struct prefix prefix;
	const char *str, **strs = NULL;
	struct err err = { 0 };
	char path[24];
	struct ip ip;
	int64_t n;
	bool yes;

	json_path(j, path, sizeof(path));
	json_str(j, &str, &err);
	json_bool(j, &yes, &err);
	json_int(j, INT64_MIN, INT64_MAX, &n, &err);
	json_ip(j, &ip, &err);
	json_prefix(j, &prefix, &err);
	json_object(j, &err);
	if (json_strs(j, &strs, &err) == 0)
		free(strs);
}

static void walk(const struct json *j)
{
	size_t i = 0;

	ask(j);
	for (const cJSON *child = j->node ? j->node->child : NULL; child; child = child->next) {
		struct json below = child->string ? json_get(j, child->string) : json_at(j, i++);

		walk(&below);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *wanted = NULL;
	struct err err = { 0 };
	struct json root;
	cJSON *doc;

	if (!json_check(text, size, &wanted)) {
		doc = cJSON_ParseWithLength(text, size);
		must(doc);
		cJSON_Delete(doc);
	} else {
		must(wanted);
	}
	if (json_parse(text, size, "document", &doc, &err) < 0) {
		must_explain(&err);
		return 0;
	}
	root = json_root(doc);
	walk(&root);
	cJSON_Delete(doc);
	return 0;
}
