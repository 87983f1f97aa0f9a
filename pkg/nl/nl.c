// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/nl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "pkg/nl/attr.h"

#define DUMP_TRIES 8
#define ERRNO_MAX  4095 /* the kernel's own bound */

void nl_open(struct nl *nl, int fd)
{
	int on = 1;

	nl->fd = fd;
	nl->seq = 0;
	/* Kernels before 4.12 have neither: they answer with a bare errno. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
}

void nl_close(struct nl *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
}

static int nl_send(struct nl *nl, const void *buf, size_t len)
{
	ssize_t sent;

	do
		sent = send(nl->fd, buf, len, 0);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static ssize_t nl_recv(struct nl *nl, void *buf, size_t size)
{
	ssize_t len;

	do
		len = recv(nl->fd, buf, size, MSG_TRUNC);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	return (size_t)len > size ? -EMSGSIZE : len;
}

/* 0, or what the kernel refused with. */
static int ack_error(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *ack = msg_head(nlh, NLMSG_ERROR, sizeof(*ack));

	return ack && ack->error <= 0 && ack->error >= -ERRNO_MAX ? ack->error : -EBADMSG;
}

/* The kernel's sentence in an acknowledgement, or NULL. */
static const char *ack_text(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *ack = msg_head(nlh, NLMSG_ERROR, sizeof(*ack));
	size_t offset = sizeof(*ack);
	const struct nlattr *attr;
	const char *text;

	if (!ack || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || ack->msg.nlmsg_len < sizeof(ack->msg))
		return NULL;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += MNL_ALIGN(ack->msg.nlmsg_len - sizeof(ack->msg));
	mnl_attr_for_each(attr, nlh, offset) {
		text = mnl_attr_get_payload(attr);
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    memchr(text, '\0', mnl_attr_get_payload_len(attr)))
			return text;
	}
	return NULL;
}

void nl_batch_begin(struct nl_batch *b, struct nl *nl, nl_reply_fn reply, void *ctx,
		    struct err *err)
{
	b->nl = nl;
	b->err = err;
	b->rc = 0;
	b->reply = reply;
	b->ctx = ctx;
	b->first_seq = nl->seq + 1;
	b->count = 0;
	b->len = 0;
}

/* Room of the message put last, which its maker has filled meanwhile, is counted here. */
static void batch_close_last(struct nl_batch *b)
{
	if (b->count) {
		struct nlmsghdr *last = (struct nlmsghdr *)(b->buf + b->len);

		b->len += MNL_ALIGN(last->nlmsg_len);
	}
}

static void batch_restart(struct nl_batch *b)
{
	b->first_seq = b->nl->seq + 1;
	b->count = 0;
	b->len = 0;
}

struct nlmsghdr *nl_batch_put(struct nl_batch *b, uint16_t type, uint16_t flags, int code,
			      int pardon, const char *fmt, ...)
{
	struct nlmsghdr *nlh;
	va_list ap;

	if (b->count == NL_BATCH_MAX || b->len + 2 * NL_REQUEST_MAX > sizeof(b->buf))
		nl_batch_commit(b);
	else
		batch_close_last(b);
	nlh = mnl_nlmsg_put_header(b->buf + b->len);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = ++b->nl->seq;
	va_start(ap, fmt);
	vsnprintf(b->requests[b->count].what, sizeof(b->requests[0].what), fmt, ap);
	va_end(ap);
	b->requests[b->count].code = code;
	b->requests[b->count].pardon = pardon;
	b->count++;
	return nlh;
}

static void batch_ack(struct nl_batch *b, const struct nlmsghdr *nlh)
{
	size_t i = nlh->nlmsg_seq - b->first_seq;
	int rc = ack_error(nlh);
	const char *text;

	if (!rc || rc == -b->requests[i].pardon || b->rc)
		return;
	b->rc = rc;
	err_errno(b->err, b->requests[i].code, rc, "%s", b->requests[i].what);
	text = ack_text(nlh);
	if (text)
		err_details(b->err, "kernel: %s", text);
}

/* Handles one datagram; returns how many requests it finished. */
static size_t batch_receive(struct nl_batch *b, const char *buf, int len)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	size_t done = 0;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq - b->first_seq >= b->count)
			continue; /* not an answer to this batch */
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			batch_ack(b, nlh);
			done++;
		} else if (b->reply && !b->rc) {
			b->rc = b->reply(nlh, b->ctx);
		}
	}
	return done;
}

int nl_batch_commit(struct nl_batch *b)
{
	_Alignas(NLMSG_ALIGNTO) char buf[NL_REPLY_MAX];
	size_t done = 0;
	ssize_t n;

	batch_close_last(b);
	if (!b->rc && b->count) {
		n = nl_send(b->nl, b->buf, b->len);
		while (n >= 0 && done < b->count) {
			n = nl_recv(b->nl, buf, sizeof(buf));
			if (n > 0)
				done += batch_receive(b, buf, (int)n);
		}
		if (n < 0)
			b->rc = err_errno(b->err, CNI_ERR_KERNEL, (int)n, "netlink: %s",
					  b->requests[done].what);
	}
	batch_restart(b);
	return b->rc;
}

/* One pass of a dump. -EINTR: the table changed meanwhile. */
static int dump_once(struct nl *nl, struct nlmsghdr *request, nl_reply_fn fn, void *ctx)
{
	_Alignas(NLMSG_ALIGNTO) char buf[NL_REPLY_MAX];
	bool interrupted = false;
	int rc;

	fn(NULL, ctx);
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = ++nl->seq;
	rc = nl_send(nl, request, request->nlmsg_len);
	while (rc >= 0) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
		int len = (int)nl_recv(nl, buf, sizeof(buf));

		if (len < 0)
			return len;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != nl->seq)
				continue;
			interrupted |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
			if (nlh->nlmsg_type == NLMSG_DONE)
				return interrupted ? -EINTR : rc;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return ack_error(nlh);
			if (rc >= 0 && fn(nlh, ctx) < 0)
				return -EIO;
		}
	}
	return rc;
}

int nl_dump(struct nl *nl, struct nlmsghdr *request, nl_reply_fn fn, void *ctx, struct err *err)
{
	int rc = -EINTR;

	for (int i = 0; rc == -EINTR && i < DUMP_TRIES; i++)
		rc = dump_once(nl, request, fn, ctx);
	if (rc < 0)
		return err_errno(err, CNI_ERR_KERNEL, rc, "netlink: dump");
	return 0;
}
