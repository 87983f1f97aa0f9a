/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading JSON with messages that name the place: "ipam.ranges[0][1].subnet: expected a string,
 * got 5". A struct json is a node and the way to it; it lives on the caller's stack and borrows
 * the document.
 *
 * Keys are found by exact name, else without regard to case, the last one of several wins, and
 * null is the same as absent: what the reference plugins' decoder does. A root with a key of its
 * own ("result of dhcp") has that in front of each path.
 *
 * Getters leave *out untouched when the node is absent and return 0; a wrong type or value is
 * -EINVAL with code 7 (CNI_ERR_CONFIG) naming path and value.
 */
#ifndef CNI_JSON_H
#define CNI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>
#include "pkg/base/err.h"
#include "pkg/base/ip.h"

struct json {
	const cJSON *node; /* NULL: absent */
	const struct json *parent;
	const char *key; /* NULL: an element of an array */
	size_t index;
};

#define JSON_TEXT_MAX (4U << 20) /* longest document taken, in bytes */

/*
 * One document of text[len] (RFC 8259; a byte order mark may lead) and nothing behind it. -EINVAL
 * and code 6 (line and column in the message) if it is not that, is not an object, or has U+0000.
 * *doc is freed with cJSON_Delete(); what = whose document it is, for the message ("network
 * configuration", "prevResult", …).
 */
int json_parse(const char *text, size_t len, const char *what, cJSON **doc, struct err *err);

struct json json_root(const cJSON *doc);
struct json json_get(const struct json *object, const char *key); /* absent in absent is absent */
struct json json_at(const struct json *array, size_t index);

static inline bool json_present(const struct json *j)
{
	return j->node != NULL;
}

int json_str(const struct json *j, const char **out, struct err *err); /* borrowed */
int json_bool(const struct json *j, bool *out, struct err *err);
int json_int(const struct json *j, int64_t min, int64_t max, int64_t *out, struct err *err);
/* "" is none, as absent: that is how Go programs write it. */
int json_ip(const struct json *j, struct ip *out, struct err *err);
int json_prefix(const struct json *j, struct prefix *out, struct err *err);
int json_array(const struct json *j, size_t *count, struct err *err);
int json_object(const struct json *j, struct err *err);
/* An array of strings; *out is a new NULL-terminated array of borrowed strings: free() it. */
int json_strs(const struct json *j, const char ***out, struct err *err);

/* "ipam.ranges[0][1].subnet"; "the configuration" for the root. Returns buf. */
char *json_path(const struct json *j, char *buf, size_t size);

/* "<path>: <sentence> (got <value>)" with code and -EINVAL, for what a getter cannot know. */
int json_refuse(const struct json *j, int code, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
