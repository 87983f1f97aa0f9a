// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/version.h"

#include <errno.h>

#include "test/unit/test.h"

static void each_version_is_known_by_its_name(void)
{
	static const char *const names[] = {
		"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0",
	};

	is_int(CNI_VERSIONS, sizeof(names) / sizeof(*names), "there are seven");
	for (int i = 0; i < CNI_VERSIONS; i++) {
		enum cni_version v = CNI_VERSIONS;

		is_int(cni_version_parse(names[i], &v, NULL), 0, "%s is supported", names[i]);
		is_int(v, i, "it is in its place");
		is_str(cni_version_name(v), names[i], "and has its name");
	}
}

static void no_version_is_the_first_one(void)
{
	enum cni_version a = CNI_VERSIONS, b = CNI_VERSIONS;

	is_true(cni_version_parse(NULL, &a, NULL) == 0 && a == CNI_0_1_0, "not said is 0.1.0");
	is_true(cni_version_parse("", &b, NULL) == 0 && b == CNI_0_1_0, "empty is 0.1.0");
}

static void another_version_is_refused_with_those_there_are(void)
{
	static const char *const rows[] = { "0.0.9", "1.2.0", "1.0", "v1.0.0", "1.0.0 ", "one" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum cni_version v = CNI_0_4_0;
		struct err err = { 0 };

		is_int(cni_version_parse(rows[i], &v, &err), -EPROTONOSUPPORT, "%s", rows[i]);
		is_int(err.code, CNI_ERR_VERSION, "gives code 1");
		has_str(err.msg, rows[i], "and names it");
		for (enum cni_version s = 0; s < CNI_VERSIONS; s++)
			has_str(err.details, cni_version_name(s), "and %s", cni_version_name(s));
		is_int(v, CNI_0_4_0, "and leaves the version alone");
	}
}

static void the_answer_to_version_echoes_what_was_asked(void)
{
	static const char *const tail =
		"\",\n    \"supportedVersions\": [\n        \"0.1.0\",\n        \"0.2.0\",\n"
		"        \"0.3.0\",\n        \"0.3.1\",\n        \"0.4.0\",\n        \"1.0.0\",\n"
		"        \"1.1.0\"\n    ]\n}\n";
	static const char *const rows[][2] = {
		{ "0.4.0", "0.4.0" },
		{ "9.9.9", "9.9.9" },
		{ "", "1.1.0" },
		{ NULL, "1.1.0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = cni_version_print(rows[i][0]), want[512];

		snprintf(want, sizeof(want), "{\n    \"cniVersion\": \"%s%s", rows[i][1], tail);
		is_str(text, want, "asked with \"%s\"", rows[i][0] ? rows[i][0] : "nothing");
		free(text);
	}
}

int main(void)
{
	each_version_is_known_by_its_name();
	no_version_is_the_first_one();
	another_version_is_refused_with_those_there_are();
	the_answer_to_version_echoes_what_was_asked();
	return test_done();
}
