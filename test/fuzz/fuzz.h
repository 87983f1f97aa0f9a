/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzzers share: how they say what has to hold, whatever came in. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/cleanup.h"
#include "pkg/cni/json_check.h"
#include "pkg/cni/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libFuzzer keeps the input that ended here, and its stack says which line. */
static inline void must(bool holds)
{
	if (!holds)
		abort();
}

static inline void must_be_json(const char *text)
{
	const char *wanted;

	must(text && !json_check(text, strlen(text), &wanted));
}

/* Whoever fails says why, once, in words that a runtime can read. */
static inline void must_explain(const struct err *err)
{
	cleanup_free char *text = NULL;

	must(err_is_set(err) && err->code > 0 && err->msg[0]);
	must(memchr(err->msg, '\0', sizeof(err->msg)) &&
	     memchr(err->details, '\0', sizeof(err->details)));
	text = cni_error_print(err, "1.1.0");
	must_be_json(text);
}

/* The input as a string of exactly its length: a read past its end is seen. Freed by free(). */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
