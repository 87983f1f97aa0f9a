// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/json_out.h"

#include <cjson/cJSON.h>

#include "test/unit/test.h"

static void a_document_is_indented_as_the_reference_prints(void)
{
	struct json_out o;
	char *text;

	json_out_open(&o);
	json_out_str(&o, "s", "x");
	json_out_int(&o, "n", INT64_MIN);
	json_out_bool(&o, "t", true);
	json_out_array(&o, "a");
	json_out_int(&o, NULL, 1);
	json_out_object(&o, NULL);
	json_out_bool(&o, "f", false);
	json_out_end(&o);
	json_out_end(&o);
	json_out_object(&o, "empty");
	json_out_end(&o);
	json_out_array(&o, "none");
	json_out_end(&o);
	text = json_out_close(&o);
	is_str(text,
	       "{\n"
	       "    \"s\": \"x\",\n"
	       "    \"n\": -9223372036854775808,\n"
	       "    \"t\": true,\n"
	       "    \"a\": [\n"
	       "        1,\n"
	       "        {\n"
	       "            \"f\": false\n"
	       "        }\n"
	       "    ],\n"
	       "    \"empty\": {},\n"
	       "    \"none\": []\n"
	       "}\n",
	       "every kind of value, nested and beside each other");
	free(text);
	json_out_open(&o);
	text = json_out_close(&o);
	is_str(text, "{}\n", "the empty document");
	free(text);
}

static void any_bytes_give_valid_json(void)
{
	static const struct {
		const char *value, *text;
	} rows[] = {
		{ "", "\"\"" },
		{ "a/b", "\"a/b\"" },
		{ "\"\\", "\"\\\"\\\\\"" },
		{ "\n\t\x01\x1f\x7f", "\"\\n\\u0009\\u0001\\u001f\x7f\"" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\xff", "\"\xef\xbf\xbd\"" },
		{ "\x80x", "\"\xef\xbf\xbdx\"" },
		{ "\xc3", "\"\xef\xbf\xbd\"" },
		{ "\xc3(", "\"\xef\xbf\xbd(\"" },
		{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe0\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf0\x9f\x98", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf5\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char want[128], *text;
		struct json_out o;
		cJSON *doc;

		json_out_open(&o);
		json_out_str(&o, rows[i].value, rows[i].value);
		text = json_out_close(&o);
		snprintf(want, sizeof(want), "{\n    %s: %s\n}\n", rows[i].text, rows[i].text);
		is_str(text, want, "%zu: as key and as value", i);
		doc = cJSON_Parse(text);
		is_true(doc != NULL, "%zu: a parser takes it", i);
		cJSON_Delete(doc);
		free(text);
	}
}

int main(void)
{
	a_document_is_indented_as_the_reference_prints();
	any_bytes_give_valid_json();
	return test_done();
}
