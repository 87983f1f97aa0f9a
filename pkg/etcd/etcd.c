// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/etcd/etcd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cjson/cJSON.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"

#define TRY_MIN_MS 50

/* gRPC's codes, which the gateway passes on ("Status codes and their use in gRPC"). */
enum grpc_code {
	GRPC_DEADLINE = 4,
	GRPC_UNAVAILABLE = 14,
	GRPC_UNAUTHENTICATED = 16,
};

struct etcd {
	struct etcd_conf conf;
	struct http *http;
	size_t n_endpoints, current;
	char token[512];
};

int etcd_open(const struct etcd_conf *conf, struct etcd **out, struct err *err)
{
	struct etcd *e = mem_new(1, sizeof(*e));
	int rc = http_open(&conf->identity, &e->http, err);

	e->conf = *conf;
	while (conf->endpoints[e->n_endpoints])
		e->n_endpoints++;
	if (e->n_endpoints)
		e->current = conf->first % e->n_endpoints;
	if (conf->user && conf->token)
		snprintf(e->token, sizeof(e->token), "%s", conf->token);
	if (rc < 0)
		free(e);
	else
		*out = e;
	return rc;
}

void etcd_close(struct etcd *e)
{
	if (!e)
		return;
	http_close(e->http);
	free(e);
}

size_t etcd_endpoint(const struct etcd *e)
{
	return e->current;
}

const char *etcd_token(const struct etcd *e)
{
	return e->token;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- one member ---------------------------------------------------------------------------- */

/* What the server says is wrong; code, and its own words in *why. */
static int error_code(const char *body, char *why, size_t size)
{
	cJSON *doc = cJSON_Parse(body);
	const cJSON *message = cJSON_GetObjectItemCaseSensitive(doc, "message");
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(doc, "code");
	int value = cJSON_IsNumber(code) ? code->valueint : -1;

	if (!cJSON_IsString(message))
		message = cJSON_GetObjectItemCaseSensitive(doc, "error");
	snprintf(why, size, "%s", cJSON_IsString(message) ? message->valuestring : "");
	cJSON_Delete(doc);
	return value;
}

static int refuse(const struct http_answer *a, struct err *err)
{
	char why[160];
	int code = error_code(a->body, why, sizeof(why));

	if (code == GRPC_UNAVAILABLE || code == GRPC_DEADLINE)
		return err_set(err, CNI_ERR_AGAIN, -EAGAIN, "%s", why);
	if (code == GRPC_UNAUTHENTICATED)
		return err_set(err, CNI_ERR_ENGINE, -EKEYEXPIRED, "%s", why);
	if (code >= 0)
		return err_set(err, CNI_ERR_ENGINE, -EACCES, "%s", why);
	if (a->status == 404)
		return err_set(err, CNI_ERR_ENGINE, -EPROTO,
			       "it has no /v3 (no etcd, or one older than 3.4)");
	/* etcd's own server says so of a client certificate with a CN, where users are needed. */
	if (strncmp(a->body, "CommonName", strlen("CommonName")) == 0)
		return err_set(err, CNI_ERR_ENGINE, -EACCES,
			       "beside a user, it takes a certificate without CN alone");
	return err_set(err, CNI_ERR_ENGINE, -EPROTO, "what answers there is no etcd (status %ld)",
		       a->status);
}

/* In the time that is left for the members not yet asked. */
static int ask_one(struct etcd *e, const char *path, const char *body, uint32_t timeout_ms,
		   char **answer, struct err *err)
{
	const char *endpoint = e->conf.endpoints[e->current];
	struct http_answer a = { 0 };
	int len = (int)strlen(endpoint), rc;
	char url[512];

	while (len > 0 && endpoint[len - 1] == '/')
		len--;
	snprintf(url, sizeof(url), "%.*s%s", len, endpoint, path);
	rc = http_post(e->http, url, e->token[0] ? e->token : NULL, body, timeout_ms, &a, err);
	if (rc == 0 && a.status != 200)
		rc = refuse(&a, err);
	if (rc < 0)
		free(a.body);
	else
		*answer = a.body;
	return rc;
}

/* ---- all of them --------------------------------------------------------------------------- */

/* "endpoint: why; endpoint: why" */
static void note(char *whys, size_t size, const char *endpoint, const char *why)
{
	size_t len = strlen(whys);

	if (len + 1 < size)
		snprintf(whys + len, size - len, "%s%.100s: %.120s", len ? "; " : "", endpoint,
			 why);
}

static int ask_all(struct etcd *e, const char *path, const char *body, char **answer, bool *is_sent,
		   struct err *err)
{
	int64_t deadline = now_ms() + e->conf.timeout_ms, left;
	int code = CNI_ERR_AGAIN, rc = -EAGAIN;
	char whys[320] = "";

	for (size_t i = 0; i < e->n_endpoints; i++) {
		struct err one = { 0 };

		left = (deadline - now_ms()) / (int64_t)(e->n_endpoints - i);
		rc = ask_one(e, path, body, (uint32_t)(left < TRY_MIN_MS ? TRY_MIN_MS : left),
			     answer, &one);
		if (rc == 0 || rc == -EKEYEXPIRED)
			return rc;
		if (is_sent && (rc == -ETIMEDOUT || rc == -ECONNRESET || rc == -EAGAIN))
			*is_sent = true;
		if (one.code != CNI_ERR_AGAIN)
			code = one.code;
		note(whys, sizeof(whys), e->conf.endpoints[e->current], one.msg);
		e->current = (e->current + 1) % e->n_endpoints;
	}
	return err_set(err, code, code == CNI_ERR_AGAIN ? -EAGAIN : -EACCES, "etcd: %s", whys);
}

static char *credentials(const struct etcd_conf *conf)
{
	cJSON *doc = mem_must(cJSON_CreateObject());
	char *text;

	cJSON_AddStringToObject(doc, "name", conf->user);
	cJSON_AddStringToObject(doc, "password", conf->password ? conf->password : "");
	text = mem_must(cJSON_PrintUnformatted(doc));
	cJSON_Delete(doc);
	return text;
}

/* A new token. Neither the password nor what holds it is ever in a message. */
static int log_in(struct etcd *e, struct err *err)
{
	cleanup_free char *body = credentials(&e->conf), *answer = NULL;
	const cJSON *token;
	cJSON *doc;
	int rc;

	e->token[0] = '\0';
	rc = ask_all(e, "/v3/auth/authenticate", body, &answer, NULL, err);
	if (rc < 0)
		return rc;
	doc = cJSON_Parse(answer);
	token = cJSON_GetObjectItemCaseSensitive(doc, "token");
	if (cJSON_IsString(token) && strlen(token->valuestring) < sizeof(e->token))
		strcpy(e->token, token->valuestring);
	cJSON_Delete(doc);
	if (!e->token[0])
		return err_set(err, CNI_ERR_ENGINE, -EPROTO, "etcd: %s: no token for user %s",
			       e->conf.endpoints[e->current], e->conf.user);
	return 0;
}

static int ask(struct etcd *e, const char *path, const char *body, char **answer, bool *is_sent,
	       struct err *err)
{
	int rc = e->conf.user && !e->token[0] ? log_in(e, err) : 0;

	if (rc == 0)
		rc = ask_all(e, path, body, answer, is_sent, err);
	if (rc == -EKEYEXPIRED && e->conf.user) {
		rc = log_in(e, err);
		if (rc == 0)
			rc = ask_all(e, path, body, answer, is_sent, err);
	}
	if (rc == -EKEYEXPIRED)
		rc = err_set(err, CNI_ERR_ENGINE, -EACCES, "etcd: %s asks for a user and password",
			     e->conf.endpoints[e->current]);
	return rc;
}

int etcd_commit(struct etcd *e, const struct etcd_txn *t, struct etcd_answer *a, bool *is_sent,
		struct err *err)
{
	cleanup_free char *body = mem_must(cJSON_PrintUnformatted(t->doc)), *answer = NULL;
	int rc = ask(e, "/v3/kv/txn", body, &answer, is_sent, err);

	*a = (struct etcd_answer){ 0 };
	if (rc == 0 && etcd_answer_parse(answer, a) < 0)
		rc = err_set(err, CNI_ERR_ENGINE, -EPROTO,
			     "etcd: %s: what answers there is no etcd",
			     e->conf.endpoints[e->current]);
	return rc;
}

int etcd_lease_grant(struct etcd *e, uint32_t ttl_s, int64_t *id, struct err *err)
{
	cleanup_free char *answer = NULL;
	const cJSON *item;
	char body[48];
	cJSON *doc;
	int rc;

	snprintf(body, sizeof(body), "{\"TTL\":\"%" PRIu32 "\"}", ttl_s);
	rc = ask(e, "/v3/lease/grant", body, &answer, NULL, err);
	if (rc < 0)
		return rc;
	doc = cJSON_Parse(answer);
	item = cJSON_GetObjectItemCaseSensitive(doc, "ID");
	*id = cJSON_IsString(item) ? strtoll(item->valuestring, NULL, 10) : 0;
	cJSON_Delete(doc);
	return *id ? 0 :
		     err_set(err, CNI_ERR_ENGINE, -EPROTO, "etcd: %s gives no lease",
			     e->conf.endpoints[e->current]);
}
