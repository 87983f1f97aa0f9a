// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/json_check.h"

#include <cjson/cJSON.h>

#include "test/unit/test.h"

/* The document in memory of its exact size: one byte read behind it is seen by the sanitizer. */
static const char *check(const char *text, size_t len, size_t *at)
{
	char *exact = malloc(len + !len);
	const char *wanted = NULL, *wrong;

	memcpy(exact, text, len);
	wrong = json_check(exact, len, &wanted);
	*at = wrong ? (size_t)(wrong - exact) : len;
	free(exact);
	return wanted;
}

static void what_is_json_is_taken_and_libcjson_takes_it_too(void)
{
	static const char *const rows[] = {
		"{}",
		"[]",
		" \t\r\n{ } \t\r\n",
		"null",
		"true",
		"false",
		"\"\"",
		"0",
		"-0",
		"12",
		"-1.5e+10",
		"1E9",
		"0.5",
		"1e-7",
		"[1,2 , 3]",
		"[[],[[]],{}]",
		"{\"a\":1,\"b\":[true,false,null],\"a\":{\"\":\"\"}}",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\\u00e4\\u0001\\uFFFF\"",
		"\"\\ud83d\\ude00\"",
		"\"\xc3\xa4\xf0\x9f\x98\x80\"",
		"\"\xff\"",
		"123456789012345678901234567890123456789012345678901234567890123",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t at;
		cJSON *doc = cJSON_ParseWithLength(rows[i], strlen(rows[i]));

		is_str(check(rows[i], strlen(rows[i]), &at), NULL, "%zu: it is JSON", i);
		is_true(doc != NULL, "%zu: libcjson reads it", i);
		cJSON_Delete(doc);
	}
}

static void the_first_wrong_byte_is_found_and_what_belongs_there(void)
{
	static const struct {
		const char *text;
		size_t at;
		const char *wanted;
	} rows[] = {
		{ "", 0, "a value" },
		{ "  ", 2, "a value" },
		{ "x", 0, "a value" },
		{ "{", 1, "a key in double quotes" },
		{ "{a:1}", 1, "a key in double quotes" },
		{ "{'a':1}", 1, "a key in double quotes" },
		{ "{\"a\"", 4, "\":\"" },
		{ "{\"a\" 1}", 5, "\":\"" },
		{ "{\"a\":}", 5, "a value" },
		{ "{\"a\":1", 6, "\",\" or \"}\"" },
		{ "{\"a\":1]", 6, "\",\" or \"}\"" },
		{ "{\"a\":1 \"b\":2}", 7, "\",\" or \"}\"" },
		{ "{\"a\":1,}", 7, "a key in double quotes" },
		{ "[1", 2, "\",\" or \"]\"" },
		{ "[1}", 2, "\",\" or \"]\"" },
		{ "[1,]", 3, "a value" },
		{ "[,1]", 1, "a value" },
		{ "{} {}", 3, "the end of the document" },
		{ "1 2", 2, "the end of the document" },
		{ "{}\f", 2, "the end of the document" },
		{ "\v{}", 0, "a value" },
		{ "// no\n{}", 0, "a value" },
		{ "tru", 3, "true, false or null" },
		{ "nul]", 3, "true, false or null" },
		{ "falze", 3, "true, false or null" },
		{ "True", 0, "a value" },
		{ "NaN", 0, "a value" },
		{ "Infinity", 0, "a value" },
		{ "+1", 0, "a value" },
		{ ".5", 0, "a value" },
		{ "-", 1, "a digit" },
		{ "-x", 1, "a digit" },
		{ "01", 1, "the end of the document" },
		{ "1.", 2, "a digit" },
		{ "1.x", 2, "a digit" },
		{ "1e", 2, "a digit" },
		{ "1e+", 3, "a digit" },
		{ "0x10", 1, "the end of the document" },
		{ "1234567890123456789012345678901234567890123456789012345678901234", 64,
		  "a number of fewer digits" },
		{ "\"a", 2, "the rest of a string" },
		{ "\"a\nb\"", 2, "the rest of a string" },
		{ "\"\t\"", 1, "the rest of a string" },
		{ "\"\\", 2, "one of \" \\ / b f n r t u after a backslash" },
		{ "\"\\x41\"", 2, "one of \" \\ / b f n r t u after a backslash" },
		{ "\"\\u12", 5, "four hexadecimal digits" },
		{ "\"\\u12g4\"", 5, "four hexadecimal digits" },
		{ "\"\\u0000\"", 3, "another character than U+0000" },
		{ "\"\\ude00\"", 7, "the two halves of a surrogate pair" },
		{ "\"\\ud83d\"", 7, "the two halves of a surrogate pair" },
		{ "\"\\ud83d\\n\"", 8, "the two halves of a surrogate pair" },
		{ "\"\\ud83d\\u12", 11, "four hexadecimal digits" },
		{ "\"\\ud83d\\u0041\"", 13, "the low half of a surrogate pair" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t at;

		is_str(check(rows[i].text, strlen(rows[i].text), &at), rows[i].wanted, "%zu: %.20s",
		       i, *rows[i].text == '\v' ? "\\v" : rows[i].text);
		is_int((int64_t)at, (int64_t)rows[i].at, "%zu: at byte %zu", i, rows[i].at);
	}
}

static void a_nul_byte_is_wrong_wherever_it_stands(void)
{
	static const char text[] = "{\"a\" : 1}";
	char copy[sizeof(text)];
	size_t at;

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		memcpy(copy, text, sizeof(text));
		copy[i] = '\0';
		is_true(check(copy, sizeof(text) - 1, &at) && at == i, "at byte %zu", i);
	}
	is_true(check(text, sizeof(text), &at) && at == sizeof(text) - 1, "behind the document");
	is_str(check("\"\\\0\"", 4, &at), "one of \" \\ / b f n r t u after a backslash",
	       "behind a backslash");
}

static void nesting_is_as_deep_as_libcjson_goes(void)
{
	char text[4 * CJSON_NESTING_LIMIT];
	size_t n = CJSON_NESTING_LIMIT, at;
	cJSON *doc;

	memset(text, '[', n);
	memset(text + n, ']', n);
	is_str(check(text, 2 * n, &at), NULL, "%zu levels are taken", n);
	doc = cJSON_ParseWithLength(text, 2 * n);
	is_true(doc != NULL, "libcjson takes them too");
	cJSON_Delete(doc);
	n++;
	memset(text, '[', n);
	memset(text + n, ']', n);
	is_str(check(text, 2 * n, &at), "no deeper nesting", "%zu are refused", n);
	is_int((int64_t)at, (int64_t)n, "behind the bracket too many");
	text[0] = '[';
	for (size_t i = 1; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "[],", 3);
	memcpy(text + sizeof(text) - 3, " 1]", 3);
	is_str(check(text, sizeof(text), &at), NULL, "brackets beside each other are not depth");
}

int main(void)
{
	what_is_json_is_taken_and_libcjson_takes_it_too();
	the_first_wrong_byte_is_found_and_what_belongs_there();
	a_nul_byte_is_wrong_wherever_it_stands();
	nesting_is_as_deep_as_libcjson_goes();
	return test_done();
}
