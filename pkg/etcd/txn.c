// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/etcd/txn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"
#include "pkg/etcd/base64.h"

static const char *const branch_names[] = { "success", "failure" };

void etcd_txn_open(struct etcd_txn *t)
{
	*t = (struct etcd_txn){ .doc = mem_must(cJSON_CreateObject()) };
	cJSON_AddArrayToObject(t->doc, "compare");
	cJSON_AddArrayToObject(t->doc, branch_names[ETCD_THEN]);
	cJSON_AddArrayToObject(t->doc, branch_names[ETCD_ELSE]);
}

void etcd_txn_close(struct etcd_txn *t)
{
	cJSON_Delete(t->doc);
	t->doc = NULL;
}

/* ---- pieces -------------------------------------------------------------------------------- */

static void add_bytes(cJSON *object, const char *name, const char *text)
{
	cleanup_free char *encoded = base64_encode(text);

	cJSON_AddStringToObject(object, name, encoded);
}

/* Numbers of 64 bits are strings in this JSON (protocol buffers' JSON mapping). */
static void add_int(cJSON *object, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	cJSON_AddStringToObject(object, name, text);
}

/* The key behind all that begin with the prefix. Its last byte is never 0xff. */
static char *end_of(const char *prefix)
{
	char *end = mem_str(prefix);

	end[strlen(end) - 1]++;
	return end;
}

/* The key behind `last`, in the servers' order: the same with a digit more would be. */
static char *behind(const char *last)
{
	char *end = mem_new(strlen(last) + 2, 1);

	sprintf(end, "%s\x01", last);
	return end;
}

static cJSON *add_element(cJSON *array)
{
	cJSON *item = mem_must(cJSON_CreateObject());

	cJSON_AddItemToArray(array, item);
	return item;
}

static cJSON *add_compare(struct etcd_txn *t, const char *target, const char *key)
{
	cJSON *c = add_element(cJSON_GetObjectItem(t->doc, "compare"));

	cJSON_AddStringToObject(c, "target", target);
	cJSON_AddStringToObject(c, "result", "EQUAL");
	add_bytes(c, "key", key);
	return c;
}

static cJSON *add_request(struct etcd_txn *t, enum etcd_branch b, const char *name)
{
	cJSON *op = add_element(cJSON_GetObjectItem(t->doc, branch_names[b]));

	t->n_ops[b]++;
	return mem_must(cJSON_AddObjectToObject(op, name));
}

/* ---- comparisons --------------------------------------------------------------------------- */

void etcd_if_absent(struct etcd_txn *t, const char *key)
{
	add_int(add_compare(t, "CREATE", key), "create_revision", 0);
}

void etcd_if_none_under(struct etcd_txn *t, const char *prefix)
{
	cleanup_free char *end = end_of(prefix);
	cJSON *c = add_compare(t, "CREATE", prefix);

	add_bytes(c, "range_end", end);
	add_int(c, "create_revision", 0);
}

void etcd_if_none_between(struct etcd_txn *t, const char *first, const char *last)
{
	cleanup_free char *end = behind(last);
	cJSON *c = add_compare(t, "CREATE", first);

	add_bytes(c, "range_end", end);
	add_int(c, "create_revision", 0);
}

void etcd_if_value(struct etcd_txn *t, const char *key, const char *value)
{
	add_bytes(add_compare(t, "VALUE", key), "value", value);
}

void etcd_if_revision(struct etcd_txn *t, const char *key, int64_t mod_revision)
{
	add_int(add_compare(t, "MOD", key), "mod_revision", mod_revision);
}

/* ---- requests ------------------------------------------------------------------------------ */

void etcd_put(struct etcd_txn *t, enum etcd_branch b, const char *key, const char *value,
	      int64_t lease)
{
	cJSON *op = add_request(t, b, "request_put");

	add_bytes(op, "key", key);
	add_bytes(op, "value", value);
	if (lease)
		add_int(op, "lease", lease);
}

void etcd_delete(struct etcd_txn *t, enum etcd_branch b, const char *key)
{
	add_bytes(add_request(t, b, "request_delete_range"), "key", key);
}

void etcd_delete_under(struct etcd_txn *t, enum etcd_branch b, const char *prefix)
{
	cleanup_free char *end = end_of(prefix);
	cJSON *op = add_request(t, b, "request_delete_range");

	add_bytes(op, "key", prefix);
	add_bytes(op, "range_end", end);
}

void etcd_get(struct etcd_txn *t, enum etcd_branch b, const char *key)
{
	add_bytes(add_request(t, b, "request_range"), "key", key);
}

static void get_range(struct etcd_txn *t, enum etcd_branch b, const char *first, const char *end,
		      size_t limit, enum etcd_what what)
{
	cJSON *op = add_request(t, b, "request_range");

	add_bytes(op, "key", first);
	add_bytes(op, "range_end", end);
	if (limit)
		add_int(op, "limit", (int64_t)limit);
	if (what == ETCD_KEYS)
		cJSON_AddTrueToObject(op, "keys_only");
	if (what == ETCD_COUNT)
		cJSON_AddTrueToObject(op, "count_only");
}

void etcd_get_under(struct etcd_txn *t, enum etcd_branch b, const char *prefix, size_t limit,
		    enum etcd_what what)
{
	cleanup_free char *end = end_of(prefix);

	get_range(t, b, prefix, end, limit, what);
}

void etcd_get_between(struct etcd_txn *t, enum etcd_branch b, const char *first, const char *last,
		      size_t limit, enum etcd_what what)
{
	cleanup_free char *end = behind(last);

	get_range(t, b, first, end, limit, what);
}

/* ---- the answer ---------------------------------------------------------------------------- */

static const char *string_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(item) ? item->valuestring : "";
}

static int parse_kv(const cJSON *j, struct etcd_kv *kv)
{
	kv->key = base64_decode(string_of(j, "key"));
	kv->value = base64_decode(string_of(j, "value"));
	kv->mod_revision = strtoll(string_of(j, "mod_revision"), NULL, 10);
	return kv->key && kv->value ? 0 : -EPROTO;
}

static int parse_found(const cJSON *j, struct etcd_found *f)
{
	const cJSON *kvs = cJSON_GetObjectItemCaseSensitive(j, "kvs"), *item;
	int rc = 0;

	f->count = strtoll(string_of(j, "count"), NULL, 10);
	f->v = mem_new((size_t)cJSON_GetArraySize(kvs), sizeof(*f->v));
	cJSON_ArrayForEach(item, kvs)
		if (rc == 0)
			rc = parse_kv(item, &f->v[f->n++]);
	return rc;
}

int etcd_answer_parse(const char *text, struct etcd_answer *a)
{
	cJSON *doc = cJSON_Parse(text);
	const cJSON *header = cJSON_GetObjectItemCaseSensitive(doc, "header"), *item;
	const cJSON *responses = cJSON_GetObjectItemCaseSensitive(doc, "responses");
	int rc = cJSON_IsObject(header) && *string_of(header, "cluster_id") ? 0 : -EPROTO;

	*a = (struct etcd_answer){ 0 };
	if (rc == 0) {
		a->is_then = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(doc, "succeeded"));
		a->revision = strtoll(string_of(header, "revision"), NULL, 10);
		a->cluster = strtoull(string_of(header, "cluster_id"), NULL, 10);
		a->found = mem_new((size_t)cJSON_GetArraySize(responses), sizeof(*a->found));
	}
	cJSON_ArrayForEach(item, responses) {
		const cJSON *range = cJSON_GetObjectItemCaseSensitive(item, "response_range");

		if (rc == 0 && range)
			rc = parse_found(range, &a->found[a->n_found++]);
	}
	cJSON_Delete(doc);
	return rc;
}

void etcd_answer_free(struct etcd_answer *a)
{
	for (size_t i = 0; i < a->n_found; i++) {
		for (size_t k = 0; k < a->found[i].n; k++) {
			free(a->found[i].v[k].key);
			free(a->found[i].v[k].value);
		}
		free(a->found[i].v);
	}
	free(a->found);
	*a = (struct etcd_answer){ 0 };
}
