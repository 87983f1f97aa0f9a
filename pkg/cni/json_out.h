/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing JSON, one call a value, in the order of the calls, indented by four spaces as the
 * reference plugins print. A key is NULL in an array.
 *
 * Strings may hold any bytes: what is not UTF-8 is written as U+FFFD, so that the document is
 * always valid (RFC 8259, 8.1).
 */
#ifndef CNI_JSON_OUT_H
#define CNI_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_OUT_DEPTH 16 /* objects and arrays that may be open at one time */

struct json_out {
	FILE *f;
	char *text;
	size_t len;
	unsigned int depth;
	bool empty;		     /* nothing is in the innermost object or array yet */
	char closer[JSON_OUT_DEPTH]; /* what ends each one that is open */
};

/* The document, an object: open, fill, close. Close returns the text, ending with a newline. */
void json_out_open(struct json_out *o);
char *json_out_close(struct json_out *o); /* never NULL; the caller frees it */
void json_out_print(struct json_out *o);  /* closes, and puts it on stdout */

/* Inside: what is begun with object or array is ended with end. */
void json_out_object(struct json_out *o, const char *key);
void json_out_array(struct json_out *o, const char *key);
void json_out_end(struct json_out *o);

void json_out_str(struct json_out *o, const char *key, const char *value);
void json_out_int(struct json_out *o, const char *key, int64_t value);
void json_out_bool(struct json_out *o, const char *key, bool value);

#endif
