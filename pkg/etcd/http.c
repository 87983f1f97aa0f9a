// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/etcd/http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <curl/curl.h>
#include "pkg/base/mem.h"

#define ANSWER_MAX (64U << 20) /* bytes; ours are asked for in pages of some hundred KiB */

struct http {
	CURL *curl;
	char error[CURL_ERROR_SIZE];
};

static int check_file(const char *path, struct err *err)
{
	if (!path || access(path, R_OK) == 0)
		return 0;
	return err_errno(err, CNI_ERR_CONFIG, -errno, "%s", path);
}

static void set_identity(CURL *curl, const struct http_identity *i)
{
	if (i->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, i->ca_file);
	if (i->cert_file)
		curl_easy_setopt(curl, CURLOPT_SSLCERT, i->cert_file);
	if (i->key_file)
		curl_easy_setopt(curl, CURLOPT_SSLKEY, i->key_file);
}

int http_open(const struct http_identity *identity, struct http **out, struct err *err)
{
	const char *files[] = { identity->ca_file, identity->cert_file, identity->key_file };
	struct http *h;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(files) / sizeof(*files); i++)
		rc = check_file(files[i], err);
	if (rc < 0)
		return rc;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	h = mem_new(1, sizeof(*h));
	h->curl = mem_must(curl_easy_init());
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, h->error);
	curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h->curl, CURLOPT_PROXY, ""); /* whatever the environment says */
	curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	set_identity(h->curl, identity);
	*out = h;
	return 0;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->curl);
	free(h);
}

struct growing {
	char *text;
	size_t len;
};

static size_t take(char *data, size_t size, size_t n, void *ctx)
{
	struct growing *g = ctx;

	(void)size; /* always 1 */
	if (g->len + n > ANSWER_MAX)
		return 0;
	g->text = mem_resize(g->text, g->len + n + 1, 1);
	memcpy(g->text + g->len, data, n);
	g->len += n;
	g->text[g->len] = '\0';
	return n;
}

static bool is_tls(const struct http *h)
{
	const char *scheme = NULL;

	curl_easy_getinfo(h->curl, CURLINFO_SCHEME, &scheme);
	return scheme && strcasecmp(scheme, "https") == 0;
}

static int refuse(const struct http *h, CURLcode code, struct err *err)
{
	const char *why = h->error[0] ? h->error : curl_easy_strerror(code);
	long os_errno = 0;

	curl_easy_getinfo(h->curl, CURLINFO_OS_ERRNO, &os_errno);
	switch (code) {
	case CURLE_COULDNT_CONNECT:
		if (os_errno)
			why = strerror((int)os_errno);
		return err_set(err, CNI_ERR_AGAIN, -EHOSTUNREACH, "%s", why);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, CNI_ERR_AGAIN, -ETIMEDOUT, "no answer in time");
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return err_set(err, CNI_ERR_ENGINE, -EACCES, "%s", why);
	case CURLE_GOT_NOTHING: /* spoken to without TLS, it hangs up */
		return err_set(err, CNI_ERR_ENGINE, -ECONNRESET, "%s", why);
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		/* With TLS, one that does not like our certificate; without, one that dies. */
		return err_set(err, is_tls(h) ? CNI_ERR_ENGINE : CNI_ERR_AGAIN, -ECONNRESET, "%s",
			       why);
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return err_set(err, CNI_ERR_CONFIG, -EINVAL, "%s", why);
	default:
		return err_set(err, CNI_ERR_AGAIN, -EHOSTUNREACH, "%s", why);
	}
}

int http_post(struct http *h, const char *url, const char *token, const char *body,
	      uint32_t timeout_ms, struct http_answer *a, struct err *err)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	struct growing g = { .text = mem_str("") };
	char authorization[1024];
	CURLcode code;

	/* Without it curl waits for the server's consent to a body of over 1 MiB. */
	headers = curl_slist_append(headers, "Expect:");
	if (token) {
		snprintf(authorization, sizeof(authorization), "Authorization: %s", token);
		headers = curl_slist_append(headers, authorization);
	}
	h->error[0] = '\0';
	curl_easy_setopt(h->curl, CURLOPT_URL, url);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, &g);
	code = curl_easy_perform(h->curl);
	curl_slist_free_all(headers);
	if (code != CURLE_OK) {
		free(g.text);
		return refuse(h, code, err);
	}
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &a->status);
	a->body = g.text;
	return 0;
}
