// SPDX-License-Identifier: GPL-2.0-or-later
/* What a server may answer, and what it must not be taken for. */
#include "pkg/etcd/txn.h"
#include "test/unit/test.h"

#include <errno.h>

#define HEADER "\"header\":{\"cluster_id\":\"18446744073709551615\",\"revision\":\"42\"}"

static int parse(const char *text, struct etcd_answer *a)
{
	int rc = etcd_answer_parse(text, a);

	if (rc < 0)
		etcd_answer_free(a);
	return rc;
}

static void what_it_says(void)
{
	struct etcd_answer a;

	is_int(parse("{" HEADER ",\"succeeded\":true,\"responses\":["
		     "{\"response_put\":{}},"
		     "{\"response_range\":{\"kvs\":[{\"key\":\"YQ==\",\"value\":\"Yg==\","
		     "\"mod_revision\":\"41\"}],\"count\":\"9\"}},"
		     "{\"response_range\":{}}]}",
		     &a),
	       0, "a whole answer");
	is_true(a.is_then, "the comparisons held");
	is_int(a.revision, 42, "revision");
	is_true(a.cluster == UINT64_MAX, "a cluster's id has 64 bits");
	is_int((int64_t)a.n_found, 2, "gets alone are counted");
	is_int((int64_t)a.found[0].n, 1, "one key");
	is_str(a.found[0].v[0].key, "a", "key");
	is_str(a.found[0].v[0].value, "b", "value");
	is_int(a.found[0].v[0].mod_revision, 41, "its revision");
	is_int(a.found[0].count, 9, "of how many");
	is_int((int64_t)a.found[1].n, 0, "nothing was found");
	etcd_answer_free(&a);
	is_int(parse("{" HEADER "}", &a), 0, "what is false or empty is left out");
	is_true(!a.is_then, "so they did not hold");
	etcd_answer_free(&a);
}

static void what_is_none(void)
{
	static const char *const texts[] = {
		"",
		"null",
		"[]",
		"{}",
		"<html>",
		"{\"header\":{}}",
		"{\"header\":[]}",
		"{" HEADER ",\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":\"!\"}]}}]}",
	};
	struct etcd_answer a;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		is_int(parse(texts[i], &a), -EPROTO, "%s", texts[i]);
}

int main(void)
{
	what_it_says();
	what_is_none();
	return test_done();
}
