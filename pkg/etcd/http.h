/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POST over HTTP or HTTPS, by libcurl, which nobody else sees. */
#ifndef ETCD_HTTP_H
#define ETCD_HTTP_H

#include <stdint.h>
#include "pkg/base/err.h"

/* NULL: none. Borrowed for as long as the connection is open. */
struct http_identity {
	const char *ca_file;		  /* who may have signed the server's; NULL: the system's */
	const char *cert_file, *key_file; /* our own, shown to the server */
};

struct http;

struct http_answer {
	long status; /* of HTTP */
	char *body;  /* the caller frees it */
};

/* Code 7 (CNI_ERR_CONFIG) naming a file that cannot be read. Close with http_close(). */
int http_open(const struct http_identity *identity, struct http **out, struct err *err);
void http_close(struct http *h); /* NULL is fine */

/*
 * Sends the JSON document `body` to url; token: the value of "Authorization", or NULL. Returns 0
 * with any answer of the server, whatever its status; -ETIMEDOUT or -EHOSTUNREACH with code 11: it
 * cannot be reached now; -EACCES with code 110: it is there, and its certificate or ours is not
 * accepted; -ECONNRESET: it hung up, with code 110 if that is how it refuses a certificate. The
 * message is what went wrong, without the url.
 */
int http_post(struct http *h, const char *url, const char *token, const char *body,
	      uint32_t timeout_ms, struct http_answer *a, struct err *err);

#endif
