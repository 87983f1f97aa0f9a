/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of etcd v3 over its HTTP/JSON gateway (3.4 and later: /v3/…). One request at a time; a
 * member that does not answer is passed over for the next.
 */
#ifndef ETCD_ETCD_H
#define ETCD_ETCD_H

#include "pkg/base/err.h"
#include "pkg/etcd/http.h"
#include "pkg/etcd/txn.h"

struct etcd_conf {		      /* borrowed for as long as the client is open */
	const char *const *endpoints; /* "https://10.0.0.1:2379", NULL-terminated */
	struct http_identity identity;
	const char *user, *password; /* NULL: none */
	uint32_t timeout_ms;	     /* of one request, all members together */
	size_t first;		     /* the endpoint to begin with: the one that answered last */
	const char *token;	     /* of an earlier session of that user; NULL: none */
};

struct etcd;

/* Reaches nobody yet. Code 7: a file cannot be read. Close with etcd_close(). */
int etcd_open(const struct etcd_conf *conf, struct etcd **out, struct err *err);
void etcd_close(struct etcd *e); /* NULL is fine */

/*
 * Errors of all below: -EAGAIN, code 11: no member answers, or they have no leader; whether the
 * transaction was done is not known then (*is_sent, if not NULL, says whether it can have been).
 * -EACCES, code 110 (CNI_ERR_ENGINE): certificate, user or password are refused, or what answers is
 * no etcd v3. The message names each endpoint and what was wrong there.
 *
 * One that was sent twice because the first member did not answer in time may find its own traces.
 */
int etcd_commit(struct etcd *e, const struct etcd_txn *t, struct etcd_answer *a, bool *is_sent,
		struct err *err);

/* A lease of ttl_s seconds. */
int etcd_lease_grant(struct etcd *e, uint32_t ttl_s, int64_t *id, struct err *err);

/* What the next session may begin with; the token is "" without a user. */
size_t etcd_endpoint(const struct etcd *e);
const char *etcd_token(const struct etcd *e);

#endif
