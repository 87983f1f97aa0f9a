// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/json.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"
#include "pkg/cni/json_check.h"

#define PATH_TEXT_MAX  160
#define VALUE_TEXT_MAX 80
#define EXACT_MAX      (INT64_C(1) << 53) /* libcjson's numbers are doubles */

/* Code 6 with line and column, counted from 1 in characters, of the byte at `at`. */
static int refuse_text(const char *what, const char *text, size_t len, const char *at,
		       const char *wanted, struct err *err)
{
	int byte = at == text + len ? -1 : (unsigned char)*at;
	size_t line = 1, column = 1;
	char got[16] = "the end";

	for (const char *p = text; p < at; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
		} else if ((*p & 0xc0) != 0x80) { /* not inside a UTF-8 sequence */
			column++;
		}
	}
	if (byte > 0x20 && byte < 0x7f)
		snprintf(got, sizeof(got), "'%c'", byte);
	else if (byte >= 0)
		snprintf(got, sizeof(got), "byte 0x%02x", (unsigned int)byte);
	return err_set(err, CNI_ERR_DECODE, -EINVAL,
		       "%s: line %zu, column %zu: expected %s, got %s", what, line, column, wanted,
		       got);
}

static bool is_blank(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) && text[len - 1])
		len--;
	return len == 0;
}

int json_parse(const char *text, size_t len, const char *what, cJSON **doc, struct err *err)
{
	const char *at, *wanted;
	cJSON *root;

	if (len > JSON_TEXT_MAX)
		return err_set(err, CNI_ERR_DECODE, -EINVAL, "%s: longer than %u bytes", what,
			       JSON_TEXT_MAX);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* byte order mark */
		text += 3;
		len -= 3;
	}
	if (is_blank(text, len))
		return err_set(err, CNI_ERR_DECODE, -EINVAL, "%s: empty, expected a JSON object",
			       what);
	at = json_check(text, len, &wanted);
	if (at)
		return refuse_text(what, text, len, at, wanted, err);
	root = cJSON_ParseWithLength(text, len);
	if (!cJSON_IsObject(root)) {
		cJSON_Delete(root);
		return err_set(err, CNI_ERR_DECODE, -EINVAL, "%s: expected a JSON object", what);
	}
	*doc = root;
	return 0;
}

struct json json_root(const cJSON *doc)
{
	return (struct json){ .node = doc };
}

struct json json_get(const struct json *object, const char *key)
{
	struct json found = { .parent = object, .key = key };
	const cJSON *child, *folded = NULL;

	if (!cJSON_IsObject(object->node))
		return found;
	cJSON_ArrayForEach(child, object->node) {
		if (cJSON_IsNull(child))
			continue;
		if (strcmp(child->string, key) == 0)
			found.node = child;
		else if (strcasecmp(child->string, key) == 0)
			folded = child;
	}
	if (!found.node)
		found.node = folded;
	return found;
}

struct json json_at(const struct json *array, size_t index)
{
	struct json found = { .parent = array, .index = index };

	if (cJSON_IsArray(array->node) && index < INT_MAX)
		found.node = cJSON_GetArrayItem(array->node, (int)index);
	if (cJSON_IsNull(found.node))
		found.node = NULL;
	return found;
}

/* Writes the way to j, cut where buf ends; its length. */
static size_t put_path(const struct json *j, char *buf, size_t size)
{
	size_t len = j->parent ? put_path(j->parent, buf, size) : 0;

	if (j->key)
		snprintf(buf + len, size - len, "%s%s", len ? "." : "", j->key);
	else if (j->parent)
		snprintf(buf + len, size - len, "[%zu]", j->index);
	return len + strlen(buf + len);
}

char *json_path(const struct json *j, char *buf, size_t size)
{
	buf[0] = '\0';
	if (put_path(j, buf, size) == 0)
		snprintf(buf, size, "the configuration");
	return buf;
}

static const char *value_text(const cJSON *node, char buf[static VALUE_TEXT_MAX])
{
	if (cJSON_IsString(node))
		snprintf(buf, VALUE_TEXT_MAX, "\"%.64s\"%s", node->valuestring,
			 strlen(node->valuestring) > 64 ? "..." : "");
	else if (cJSON_IsNumber(node))
		snprintf(buf, VALUE_TEXT_MAX, "%.15g", node->valuedouble);
	else if (cJSON_IsBool(node))
		snprintf(buf, VALUE_TEXT_MAX, "%s", cJSON_IsTrue(node) ? "true" : "false");
	else if (cJSON_IsArray(node))
		snprintf(buf, VALUE_TEXT_MAX, "an array");
	else
		snprintf(buf, VALUE_TEXT_MAX, "an object");
	return buf;
}

int json_refuse(const struct json *j, int code, struct err *err, const char *fmt, ...)
{
	char path[PATH_TEXT_MAX], value[VALUE_TEXT_MAX], sentence[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	json_path(j, path, sizeof(path));
	if (!json_present(j))
		return err_set(err, code, -EINVAL, "%s: %s", path, sentence);
	return err_set(err, code, -EINVAL, "%s: %s (got %s)", path, sentence,
		       value_text(j->node, value));
}

/* The one sentence of all getters: "mtu: expected a number, got "1500"". */
static int expected(const struct json *j, const char *kind, struct err *err)
{
	char path[PATH_TEXT_MAX], value[VALUE_TEXT_MAX];

	return err_set(err, CNI_ERR_CONFIG, -EINVAL, "%s: expected %s, got %s",
		       json_path(j, path, sizeof(path)), kind, value_text(j->node, value));
}

int json_str(const struct json *j, const char **out, struct err *err)
{
	if (!json_present(j))
		return 0;
	if (!cJSON_IsString(j->node))
		return expected(j, "a string", err);
	*out = j->node->valuestring;
	return 0;
}

int json_bool(const struct json *j, bool *out, struct err *err)
{
	if (!json_present(j))
		return 0;
	if (!cJSON_IsBool(j->node))
		return expected(j, "true or false", err);
	*out = cJSON_IsTrue(j->node);
	return 0;
}

int json_int(const struct json *j, int64_t min, int64_t max, int64_t *out, struct err *err)
{
	char kind[80];
	double d;

	if (!json_present(j))
		return 0;
	snprintf(kind, sizeof(kind), "an integer from %" PRId64 " to %" PRId64, min, max);
	if (!cJSON_IsNumber(j->node))
		return expected(j, kind, err);
	d = j->node->valuedouble;
	if (d < -(double)EXACT_MAX || d > (double)EXACT_MAX || d != (double)(int64_t)d ||
	    (int64_t)d < min || (int64_t)d > max)
		return expected(j, kind, err);
	*out = (int64_t)d;
	return 0;
}

int json_ip(const struct json *j, struct ip *out, struct err *err)
{
	const char *text = "";
	int rc = json_str(j, &text, err);

	if (rc < 0 || !*text) /* "" is how Go programs write no address */
		return rc;
	return ip_parse(text, out) < 0 ? expected(j, "an IP address", err) : 0;
}

int json_prefix(const struct json *j, struct prefix *out, struct err *err)
{
	const char *text = NULL;
	int rc = json_str(j, &text, err);

	if (rc < 0 || !text)
		return rc;
	return prefix_parse(text, out) < 0 ? expected(j, "an IP address with \"/length\"", err) : 0;
}

int json_array(const struct json *j, size_t *count, struct err *err)
{
	if (!json_present(j))
		return 0;
	if (!cJSON_IsArray(j->node))
		return expected(j, "an array", err);
	*count = (size_t)cJSON_GetArraySize(j->node);
	return 0;
}

int json_object(const struct json *j, struct err *err)
{
	if (!json_present(j))
		return 0;
	return cJSON_IsObject(j->node) ? 0 : expected(j, "an object", err);
}

int json_strs(const struct json *j, const char ***out, struct err *err)
{
	cleanup_free const char **strs = NULL;
	size_t count = 0, n = 0;
	int rc = json_array(j, &count, err);

	if (rc < 0 || !json_present(j))
		return rc;
	strs = mem_new(count + 1, sizeof(*strs));
	for (size_t i = 0; i < count; i++) {
		struct json item = json_at(j, i);

		rc = json_str(&item, &strs[n], err);
		if (rc < 0)
			return rc;
		n += json_present(&item);
	}
	*out = steal_ptr(&strs);
	return 0;
}
