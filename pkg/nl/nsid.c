// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/nsid.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "pkg/nl/attr.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define TRIES 16

static int read_id(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr;

	if (!msg_head(nlh, RTM_NEWNSID, sizeof(struct rtgenmsg)))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct rtgenmsg))
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			*(int32_t *)ctx = (int32_t)attr_u32(attr);
	return 0;
}

/* One request with one or two attributes; *reply: the id in the answer. */
static int ask(struct nl *nl, uint16_t type, int netns_fd, int32_t id, int32_t *reply)
{
	struct nl_batch b;
	struct nlmsghdr *nlh;

	nl_batch_begin(&b, nl, read_id, reply, NULL);
	nlh = nl_batch_put(&b, type, 0, CNI_ERR_KERNEL, 0, "netns id");
	mnl_nlmsg_put_extra_header(nlh, NLMSG_ALIGN(sizeof(struct rtgenmsg)));
	if (netns_fd >= 0)
		mnl_attr_put_u32(nlh, NETNSA_FD, (uint32_t)netns_fd);
	if (id >= 0)
		mnl_attr_put_u32(nlh, NETNSA_NSID, (uint32_t)id);
	return nl_batch_commit(&b);
}

/* Hundredths of a second since boot: 248 days until the first is given again. */
static int32_t fresh_id(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int32_t)((t.tv_sec * 100 + t.tv_nsec / 10000000) & INT32_MAX);
}

int nsid_get(struct nl *nl, int netns_fd, int32_t *id)
{
	int32_t known = NETNSA_NSID_NOT_ASSIGNED, fresh = fresh_id();
	int rc = ask(nl, RTM_GETNSID, netns_fd, -1, &known);

	/* Two at one time want the same one: the second takes the next. */
	for (int i = 0; rc == 0 && known == NETNSA_NSID_NOT_ASSIGNED && i < TRIES; i++) {
		rc = ask(nl, RTM_NEWNSID, netns_fd, (fresh + i) & INT32_MAX, &known);
		if (rc == 0 || rc == -EEXIST)
			rc = ask(nl, RTM_GETNSID, netns_fd, -1, &known);
	}
	if (rc == 0 && known < 0)
		rc = -EEXIST;
	if (rc == 0)
		*id = known;
	return rc;
}

struct list {
	int32_t *v;
	size_t n;
};

static int collect(const struct nlmsghdr *nlh, void *ctx)
{
	int32_t id = NETNSA_NSID_NOT_ASSIGNED, *v;
	struct list *l = ctx;

	if (!nlh) {
		l->n = 0;
		return 0;
	}
	read_id(nlh, &id);
	if (id < 0)
		return 0;
	v = reallocarray(l->v, l->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->v = v;
	l->v[l->n++] = id;
	return 0;
}

int nsid_list(struct nl *nl, int32_t **out, size_t *count, struct err *err)
{
	_Alignas(NLMSG_ALIGNTO) char buf[NL_REQUEST_MAX];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct list l = { 0 };
	int rc;

	nlh->nlmsg_type = RTM_GETNSID;
	mnl_nlmsg_put_extra_header(nlh, NLMSG_ALIGN(sizeof(struct rtgenmsg)));
	rc = nl_dump(nl, nlh, collect, &l, err);
	if (rc < 0) {
		free(l.v);
		return rc;
	}
	*out = l.v;
	*count = l.n;
	return 0;
}

int32_t nsid_self(struct nl *nl)
{
	int32_t id = NETNSA_NSID_NOT_ASSIGNED;
	int fd = ioctl(nl->fd, SIOCGSKNS);

	if (fd < 0)
		return -1;
	if (ask(nl, RTM_GETNSID, fd, -1, &id) < 0)
		id = NETNSA_NSID_NOT_ASSIGNED;
	close(fd);
	return id;
}

bool nsid_is_unused(struct nl *nl, int32_t id)
{
	int32_t reply;

	return id >= 0 && ask(nl, RTM_GETNSID, -1, id, &reply) == -ENOENT;
}

uint64_t nsid_cookie(const struct nl *nl)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (getsockopt(nl->fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		return 0;
	return cookie;
}
