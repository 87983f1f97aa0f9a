// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/json.h"

#include <errno.h>

#include "test/unit/test.h"

static cJSON *parsed(const char *text)
{
	struct err err = { 0 };
	cJSON *doc = NULL;

	if (json_parse(text, strlen(text), "test", &doc, &err) < 0)
		is_true(false, "%s is parsed: %s", text, err.msg);
	return doc;
}

static void a_document_that_is_wrong_is_refused_with_its_place(void)
{
	static const struct {
		const char *text, *msg;
	} rows[] = {
		{ "", "conf: empty, expected a JSON object" },
		{ " \r\n\t ", "conf: empty, expected a JSON object" },
		{ "\xef\xbb\xbf", "conf: empty, expected a JSON object" },
		{ "[]", "conf: expected a JSON object" },
		{ "7", "conf: expected a JSON object" },
		{ "null", "conf: expected a JSON object" },
		{ "{\"a\":1", "conf: line 1, column 7: expected \",\" or \"}\", got the end" },
		{ "{\n  \"a\": 1\n  \"b\": 2\n}",
		  "conf: line 3, column 3: expected \",\" or \"}\", got '\"'" },
		{ "{\"\xc3\xa4\":x}", "conf: line 1, column 6: expected a value, got 'x'" },
		{ "{}\n\n x", "conf: line 3, column 2: expected the end of the document, got 'x'" },
		{ "{\"a\":\x01}", "conf: line 1, column 6: expected a value, got byte 0x01" },
		{ "{\"a\":\xff}", "conf: line 1, column 6: expected a value, got byte 0xff" },
		{ "\xef\xbb\xbfx", "conf: line 1, column 1: expected a value, got 'x'" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err err = { 0 };
		cJSON *doc = NULL;

		is_int(json_parse(rows[i].text, strlen(rows[i].text), "conf", &doc, &err), -EINVAL,
		       "%zu: it is refused", i);
		is_str(err.msg, rows[i].msg, "%zu: with a sentence", i);
		is_int(err.code, CNI_ERR_DECODE, "%zu: and code 6", i);
		is_true(!doc, "%zu: and no document", i);
	}
}

static void a_document_may_have_a_mark_and_blanks_but_not_any_size(void)
{
	char *big = malloc(JSON_TEXT_MAX + 1);
	struct err err = { 0 };
	cJSON *doc = parsed("\xef\xbb\xbf \n{\"a\":1}\n");

	is_true(cJSON_IsObject(doc), "a byte order mark and blanks are passed over");
	cJSON_Delete(doc);
	memset(big, ' ', JSON_TEXT_MAX + 1);
	big[0] = '{';
	big[JSON_TEXT_MAX - 1] = '}';
	is_int(json_parse(big, JSON_TEXT_MAX, "conf", &doc, &err), 0, "4 MiB are taken");
	cJSON_Delete(doc);
	is_int(json_parse(big, JSON_TEXT_MAX + 1, "conf", &doc, &err), -EINVAL,
	       "a byte more is not");
	is_str(err.msg, "conf: longer than 4194304 bytes", "which is told");
	is_int(json_parse("{\"a\":\0}", 7, "conf", &doc, NULL), -EINVAL, "nor is a NUL byte");
	free(big);
}

static void a_key_is_found_as_the_reference_decoder_finds_it(void)
{
	static const struct {
		const char *text;
		const char *found; /* value of "rangeStart" */
	} rows[] = {
		{ "{\"rangeStart\":\"a\"}", "a" },
		{ "{\"rangestart\":\"a\"}", "a" },
		{ "{\"RANGESTART\":\"a\"}", "a" },
		{ "{\"RangeStart\":\"a\",\"rangeStart\":\"b\"}", "b" },
		{ "{\"rangeStart\":\"a\",\"RangeStart\":\"b\"}", "a" },
		{ "{\"rangeStart\":\"a\",\"rangeStart\":\"b\"}", "b" },
		{ "{\"Rangestart\":\"a\",\"rangestart\":\"b\"}", "b" },
		{ "{\"rangeStart\":\"a\",\"rangeStart\":null}", "a" },
		{ "{\"rangeStart\":null}", "none" },
		{ "{\"rangeStarts\":\"a\",\"rangeStar\":\"b\"}", "none" },
		{ "{}", "none" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cJSON *doc = parsed(rows[i].text);
		struct json root = json_root(doc), j = json_get(&root, "rangeStart");
		const char *got = "none";

		is_int(json_str(&j, &got, NULL), 0, "%s is read", rows[i].text);
		is_str(got, rows[i].found, "and gives %s", rows[i].found);
		cJSON_Delete(doc);
	}
}

static void what_is_absent_stays_absent_all_the_way_down(void)
{
	cJSON *doc = parsed("{\"a\":[1,null],\"s\":\"text\"}");
	struct json root = json_root(doc), a = json_get(&root, "a"), s = json_get(&root, "s");
	struct json none = json_get(&root, "none"), below = json_get(&none, "b");
	struct json deeper = json_at(&below, 3), first = json_at(&a, 0), null = json_at(&a, 1);
	struct json behind = json_at(&a, 2), odd = json_get(&s, "x"), odd2 = json_at(&s, 0);
	struct json far = json_at(&a, SIZE_MAX);
	char path[64];

	is_true(json_present(&first), "what is there is present");
	is_true(!json_present(&none) && !json_present(&below) && !json_present(&deeper),
		"what is in nothing is not");
	is_true(!json_present(&null), "null is not");
	is_true(!json_present(&behind) && !json_present(&far), "what is behind the end is not");
	is_true(!json_present(&odd) && !json_present(&odd2), "what is in a string is not");
	is_str(json_path(&deeper, path, sizeof(path)), "none.b[3]", "it has a path all the same");
	cJSON_Delete(doc);
}

static void getters_leave_the_default_where_nothing_is_said(void)
{
	struct json none = { 0 };
	const char *str = "default", **strs = (const char **)&str;
	bool yes = true;
	int64_t n = 77;
	struct ip ip = { .family = 77 };
	struct prefix prefix = { .len = 77 };
	size_t count = 77;
	struct err err = { 0 };

	is_int(json_str(&none, &str, &err) | json_bool(&none, &yes, &err) |
		       json_int(&none, 0, 1, &n, &err) | json_ip(&none, &ip, &err) |
		       json_prefix(&none, &prefix, &err) | json_array(&none, &count, &err) |
		       json_object(&none, &err) | json_strs(&none, &strs, &err),
	       0, "no getter complains");
	is_true(!strcmp(str, "default") && yes && n == 77 && ip.family == 77 && prefix.len == 77 &&
			count == 77 && strs == (const char **)&str && !err_is_set(&err),
		"no getter changes anything");
}

enum kind { STR, BOOL, INT, IP, PREFIX, ARRAY, OBJECT, STRS };

static int get(enum kind kind, const struct json *j, struct err *err)
{
	const char *str, **strs = NULL;
	struct prefix prefix;
	struct ip ip;
	int64_t n;
	size_t count;
	bool yes;
	int rc = -1;

	switch (kind) {
	case STR:
		return json_str(j, &str, err);
	case BOOL:
		return json_bool(j, &yes, err);
	case INT:
		return json_int(j, -5, 1500, &n, err);
	case IP:
		return json_ip(j, &ip, err);
	case PREFIX:
		return json_prefix(j, &prefix, err);
	case ARRAY:
		return json_array(j, &count, err);
	case OBJECT:
		return json_object(j, err);
	case STRS:
		rc = json_strs(j, &strs, err);
		free(strs);
		break;
	}
	return rc;
}

static void a_wrong_value_is_refused_with_path_and_value(void)
{
	static const struct {
		enum kind kind;
		const char *value, *msg;
	} rows[] = {
		{ STR, "5", "k: expected a string, got 5" },
		{ STR, "{}", "k: expected a string, got an object" },
		{ BOOL, "\"true\"", "k: expected true or false, got \"true\"" },
		{ BOOL, "0", "k: expected true or false, got 0" },
		{ INT, "\"1500\"", "k: expected an integer from -5 to 1500, got \"1500\"" },
		{ INT, "1.5", "k: expected an integer from -5 to 1500, got 1.5" },
		{ INT, "1e400", "k: expected an integer from -5 to 1500, got inf" },
		{ INT, "-1e400", "k: expected an integer from -5 to 1500, got -inf" },
		{ INT, "1501", "k: expected an integer from -5 to 1500, got 1501" },
		{ INT, "-6", "k: expected an integer from -5 to 1500, got -6" },
		{ INT, "1e-400", NULL },
		{ INT, "1500", NULL },
		{ INT, "-5", NULL },
		{ INT, "15e2", NULL },
		{ INT, "9223372036854775808",
		  "k: expected an integer from -5 to 1500, got 9.22337203685478e+18" },
		{ INT, "true", "k: expected an integer from -5 to 1500, got true" },
		{ INT, "false", "k: expected an integer from -5 to 1500, got false" },
		{ IP, "\"10.1.2\"", "k: expected an IP address, got \"10.1.2\"" },
		{ IP, "\"10.1.2.3/24\"", "k: expected an IP address, got \"10.1.2.3/24\"" },
		{ IP, "[]", "k: expected a string, got an array" },
		{ IP, "\"\"", NULL },
		{ IP, "\"::1\"", NULL },
		{ PREFIX, "\"10.1.2.3\"",
		  "k: expected an IP address with \"/length\", got \"10.1.2.3\"" },
		{ PREFIX, "\"\"", "k: expected an IP address with \"/length\", got \"\"" },
		{ PREFIX, "24", "k: expected a string, got 24" },
		{ PREFIX, "\"10.1.2.3/24\"", NULL },
		{ ARRAY, "{}", "k: expected an array, got an object" },
		{ ARRAY, "[]", NULL },
		{ OBJECT, "[]", "k: expected an object, got an array" },
		{ OBJECT, "{}", NULL },
		{ STRS, "\"a\"", "k: expected an array, got \"a\"" },
		{ STRS, "[\"a\",5]", "k[1]: expected a string, got 5" },
		{ STRS, "[\"a\",[]]", "k[1]: expected a string, got an array" },
		{ STR, "\"a\\u00e4\\n\"", NULL },
		{ BOOL, "\"0123456789012345678901234567890123456789012345678901234567890123\"",
		  "k: expected true or false, got "
		  "\"0123456789012345678901234567890123456789012345678901234567890123\"" },
		{ BOOL, "\"01234567890123456789012345678901234567890123456789012345678901234\"",
		  "k: expected true or false, got "
		  "\"0123456789012345678901234567890123456789012345678901234567890123\"..." },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[128];
		struct err err = { 0 };
		cJSON *doc;
		struct json root, j;

		snprintf(text, sizeof(text), "{\"k\":%s}", rows[i].value);
		doc = parsed(text);
		root = json_root(doc);
		j = json_get(&root, "k");
		is_int(get(rows[i].kind, &j, &err), rows[i].msg ? -EINVAL : 0, "%s", text);
		is_str(err.msg, rows[i].msg ? rows[i].msg : "", "… with its sentence");
		is_int(err.code, rows[i].msg ? CNI_ERR_CONFIG : 0, "… and its code");
		cJSON_Delete(doc);
	}
}

static void values_arrive_as_they_are_written(void)
{
	cJSON *doc =
		parsed("{\"s\":\"a\\u00e4\\n\",\"t\":true,\"f\":false,\"n\":-9007199254740992,"
		       "\"ip\":\"::1\",\"p\":\"10.1.2.3/24\",\"a\":[\"x\",null,\"y\"],\"e\":[]}");
	struct json root = json_root(doc);
	struct json s = json_get(&root, "s"), t = json_get(&root, "t"), f = json_get(&root, "f");
	struct json n = json_get(&root, "n"), ip = json_get(&root, "ip"), p = json_get(&root, "p");
	struct json a = json_get(&root, "a"), e = json_get(&root, "e");
	const char *str = NULL, **strs = NULL;
	char buf[PREFIX_STR_MAX];
	struct prefix prefix = { 0 };
	struct ip address = { 0 };
	bool yes = false, no = true;
	int64_t number = 0;
	size_t count = 0;

	is_true(json_str(&s, &str, NULL) == 0, "a string is read");
	is_str(str, "a\xc3\xa4\n", "with its escapes undone");
	is_true(json_bool(&t, &yes, NULL) == 0 && yes, "true is true");
	is_true(json_bool(&f, &no, NULL) == 0 && !no, "false is false");
	is_true(json_int(&n, INT64_MIN, INT64_MAX, &number, NULL) == 0, "-2^53 is an integer");
	is_int(number, -9007199254740992, "to the last digit");
	is_true(json_ip(&ip, &address, NULL) == 0, "an address is read");
	is_str(ip_format(&address, buf), "::1", "as it is");
	is_true(json_prefix(&p, &prefix, NULL) == 0, "a prefix is read");
	is_str(prefix_format(&prefix, buf), "10.1.2.3/24", "as it is");
	is_true(json_array(&a, &count, NULL) == 0 && count == 3, "elements are counted with null");
	is_true(json_strs(&a, &strs, NULL) == 0 && !strcmp(strs[0], "x") && !strcmp(strs[1], "y") &&
			!strs[2],
		"strings are read without null");
	free(strs);
	is_true(json_strs(&e, &strs, NULL) == 0 && !strs[0], "no strings are an empty array");
	free(strs);
	cJSON_Delete(doc);
}

static void a_path_says_the_way_and_is_cut_where_there_is_no_room(void)
{
	cJSON *doc = parsed("{\"ipam\":{\"ranges\":[[{},{\"subnet\":5}]]}}");
	struct json root = json_root(doc), ipam = json_get(&root, "ipam");
	struct json ranges = json_get(&ipam, "ranges"), set = json_at(&ranges, 0);
	struct json range = json_at(&set, 1), subnet = json_get(&range, "subnet");
	struct err err = { 0 };
	char path[64], small[8];

	is_str(json_path(&subnet, path, sizeof(path)), "ipam.ranges[0][1].subnet",
	       "all of the way");
	is_str(json_path(&root, path, sizeof(path)), "the configuration", "the root has a name");
	is_str(json_path(&subnet, small, sizeof(small)), "ipam.ra", "as much as there is room for");
	is_int(json_refuse(&subnet, 105, &err, "%d is odd", 5), -EINVAL, "a caller can refuse");
	is_str(err.msg, "ipam.ranges[0][1].subnet: 5 is odd (got 5)", "with a sentence of its own");
	is_int(err.code, 105, "and a code of its own");
	root.key = "result of dhcp";
	is_str(json_path(&subnet, path, sizeof(path)), "result of dhcp.ipam.ranges[0][1].subnet",
	       "a root may have another name");
	err = (struct err){ 0 };
	subnet = json_get(&range, "gateway");
	json_refuse(&subnet, CNI_ERR_CONFIG, &err, "missing");
	is_str(err.msg, "result of dhcp.ipam.ranges[0][1].gateway: missing",
	       "what is absent has no value to show");
	cJSON_Delete(doc);
}

int main(void)
{
	a_document_that_is_wrong_is_refused_with_its_place();
	a_document_may_have_a_mark_and_blanks_but_not_any_size();
	a_key_is_found_as_the_reference_decoder_finds_it();
	what_is_absent_stays_absent_all_the_way_down();
	getters_leave_the_default_where_nothing_is_said();
	a_wrong_value_is_refused_with_path_and_value();
	values_arrive_as_they_are_written();
	a_path_says_the_way_and_is_cut_where_there_is_no_room();
	return test_done();
}
