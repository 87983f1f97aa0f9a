/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talking to rtnetlink: requests are put into a batch, the batch is sent in one system call, the
 * kernel handles it in order, each request is answered, and a refusal is told in the kernel's own
 * words (extended ACK). Sockets come from outside: whoever knows the netns makes them.
 */
#ifndef NL_NL_H
#define NL_NL_H

#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>
#include "pkg/base/err.h"

struct nl {
	int fd; /* -1: closed */
	uint32_t seq;
};

/* Takes over fd, a NETLINK_ROUTE socket. Cannot fail: what it switches on only betters messages. */
void nl_open(struct nl *nl, int fd);
void nl_close(struct nl *nl);

#define NL_BATCH_MAX   32    /* requests that go out together */
#define NL_BATCH_SIZE  16384 /* bytes of them */
#define NL_REQUEST_MAX 1024  /* bytes of one request */
#define NL_REPLY_MAX   69632 /* of what the kernel says at once: a list of names may have 64 KiB */

/* Sees each message that is not an acknowledgement; a negative value ends with that error. */
typedef int (*nl_reply_fn)(const struct nlmsghdr *nlh, void *ctx);

struct nl_batch {
	struct nl *nl;
	struct err *err; /* told what failed first */
	int rc;		 /* the first failure; further requests are dropped */
	nl_reply_fn reply;
	void *ctx;
	uint32_t first_seq;
	size_t count, len;
	struct {
		char what[96]; /* for the message: "address 10.1.0.2/24: add" */
		int pardon;    /* this errno is success, 0: none */
		int code;      /* CNI error code of a failure */
	} requests[NL_BATCH_MAX];
	_Alignas(NLMSG_ALIGNTO) char buf[NL_BATCH_SIZE];
};

/* Starts an empty batch. reply may be NULL. */
void nl_batch_begin(struct nl_batch *b, struct nl *nl, nl_reply_fn reply, void *ctx,
		    struct err *err);

/*
 * Puts a request's header; the caller adds the rest at once. A full batch is sent first. code and
 * pardon: see struct nl_batch. fmt: what it does, for the message.
 */
struct nlmsghdr *nl_batch_put(struct nl_batch *b, uint16_t type, uint16_t flags, int code,
			      int pardon, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/*
 * Sends what is in the batch and waits for all answers. 0, or the first failure as -errno, with
 * err set (its details are the kernel's words). The kernel goes on after a request that failed: the
 * caller undoes.
 */
int nl_batch_commit(struct nl_batch *b);

/*
 * A dump: fn sees each message. When the kernel says that the table changed meanwhile it is begun
 * again; fn is told by NULL, at the first beginning too.
 */
int nl_dump(struct nl *nl, struct nlmsghdr *request, nl_reply_fn fn, void *ctx, struct err *err);

#endif
