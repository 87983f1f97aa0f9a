// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Netlink replies (first byte: what is asked): datagrams with their length in front, given out by
 * a recv() of our own, with the sequence number of the request where they say 0. Each question is
 * asked twice; what stands in the buffer behind the datagram differs, so the answers differ where
 * something is read that the kernel did not send.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include "pkg/base/log.h"
#include "pkg/datapath/datapath.h"
#include "pkg/nl/addr.h"
#include "pkg/nl/attr.h"
#include "pkg/nl/nsid.h"
#include "pkg/nl/route.h"
#include "pkg/nl/tc.h"
#include "test/fuzz/fuzz.h"

#define TEXT_MAX 65536

static struct {
	const uint8_t *next;
	size_t left;
	uint32_t seq;
	int fill; /* what is behind a datagram */
} kernel;

ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	(void)fd, (void)flags;
	must(len >= sizeof(struct nlmsghdr));
	kernel.seq = ((const struct nlmsghdr *)buf)->nlmsg_seq;
	return (ssize_t)len;
}

/* What the plugin tells on the way, millions of times. */
void log_warn(const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
}

static void set_seq(void *buf, size_t size)
{
	struct nlmsghdr *nlh = buf;
	int len = (int)size;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
		if (!nlh->nlmsg_seq)
			nlh->nlmsg_seq = kernel.seq;
}

ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	size_t len, given;

	(void)fd;
	must(flags == MSG_TRUNC);
	memset(buf, kernel.fill, size);
	if (kernel.left < 2) {
		errno = EAGAIN;
		return -1;
	}
	len = (size_t)(kernel.next[0] | kernel.next[1] << 8);
	kernel.next += 2;
	kernel.left -= 2;
	given = len < kernel.left ? len : kernel.left;
	given = given < size ? given : size;
	memcpy(buf, kernel.next, given);
	set_seq(buf, given);
	kernel.next += given;
	kernel.left -= given;
	return (ssize_t)(len > size ? len : given);
}

/* ---- questions, and the answers as text ---------------------------------------------------- */

static struct nl nl;
static struct err err;

static int print_link(FILE *f, int rc, const struct link *l)
{
	char mac[32 * 3];

	fprintf(f, "%d %s %s %s %s %x %u %u %d %d %u %u %u %s", l->ifindex, l->name, l->kind,
		l->upper_kind, l->alias, l->flags, l->mtu, l->group, l->lower, l->lower_nsid,
		l->hw_type, l->ipvlan_mode, l->ipvlan_flags, link_mac_format(l, mac));
	return rc;
}

static int ask_link(FILE *f)
{
	struct link l = { 0 };

	return print_link(f, link_by_name(&nl, "eth0", &l, &err), &l);
}

static int ask_addresses(FILE *f)
{
	struct prefix *v = NULL;
	char text[PREFIX_STR_MAX];
	size_t n = 0;
	int rc = addr_list(&nl, 1, &v, &n, &err);

	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s\n", prefix_format(&v[i], text));
	free(v);
	return rc;
}

static int ask_routes(FILE *f)
{
	struct route *v = NULL;
	char dst[PREFIX_STR_MAX], gw[IP_STR_MAX];
	size_t n = 0;
	int rc = route_list(&nl, 0, &v, &n, &err);

	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s %s %d %u %u %u %u %d\n", prefix_format(&v[i].dst, dst),
			ip_format(&v[i].gw, gw), v[i].ifindex, v[i].mtu, v[i].advmss, v[i].priority,
			v[i].table, v[i].scope);
	free(v);
	return rc;
}

static int ask_default(FILE *f)
{
	int ifindex = 0, rc = route_default_link(&nl, &ifindex, &err);

	fprintf(f, "%d", ifindex);
	if (rc == -ENOENT && !err_is_set(&err))
		err_set(&err, CNI_ERR_MASTER, rc, "none"); /* is the caller's to word */
	return rc;
}

static int ask_links(FILE *f)
{
	struct link *v = NULL;
	size_t n = 0;
	int rc = link_list(&nl, 4, &v, &n, &err);

	for (size_t i = 0; i < n; i++)
		print_link(f, 0, &v[i]);
	free(v);
	return rc;
}

static int ask_program(FILE *f)
{
	const struct tc_filter at = { .ifindex = 5, .hook = TC_EGRESS, .pref = 1, .handle = 1 };
	uint32_t id = 0;
	int rc = tc_find_program(&nl, &at, &id, &err);

	fprintf(f, "%u", id);
	if (rc == -ENOENT && !err_is_set(&err))
		err_set(&err, CNI_ERR_KERNEL, rc, "none");
	return rc;
}

static int ask_clsact(FILE *f)
{
	(void)f;
	return tc_remove_clsact(&nl, 5, &err);
}

static int ask_nsids(FILE *f)
{
	int32_t *v = NULL;
	size_t n = 0;
	int rc = nsid_list(&nl, &v, &n, &err);

	for (size_t i = 0; i < n; i++)
		fprintf(f, "%d\n", v[i]);
	free(v);
	fprintf(f, "%d", nsid_self(&nl));
	return rc;
}

static int ask_nsid(FILE *f)
{
	int32_t id = -1;
	int rc = nsid_get(&nl, 0, &id);

	fprintf(f, "%d %d", id, nsid_is_unused(&nl, 1));
	return rc < 0 ? err_errno(&err, CNI_ERR_KERNEL, rc, "id") : 0;
}

static const struct link master = { .ifindex = 7, .name = "eth0", .hw_type = 1 };
static const struct datapath_ns ns = { .pod = &nl, .pod_fd = -1, .lower = &nl, .home_fd = -1 };
static const struct datapath_spec spec = { .ifname = "eth0", .identity = "i", .master = &master };

static int ask_attach(FILE *f)
{
	struct link l = { 0 };

	return print_link(f, datapath_kernel.attach(&ns, &spec, &l, &err), &l);
}

static int ask_verify(FILE *f)
{
	struct link l = { 0 };

	return print_link(f, datapath_kernel.verify(&ns, &spec, &l, &err), &l);
}

static int ask_detach(FILE *f)
{
	(void)f;
	return datapath_kernel.detach(&ns, "eth0", "i", &err);
}

static int ask_probe(FILE *f)
{
	(void)f;
	return datapath_kernel.probe(&ns, &spec, &err);
}

static int (*const questions[])(FILE *f) = {
	ask_link,   ask_addresses, ask_routes, ask_default, ask_nsid,	ask_attach, ask_verify,
	ask_detach, ask_probe,	   ask_links,  ask_program, ask_clsact, ask_nsids,
};

static void ask(int (*question)(FILE *f), const uint8_t *data, size_t size, int fill, char *text)
{
	FILE *f = fmemopen(text, TEXT_MAX, "w");
	int rc;

	kernel.next = data;
	kernel.left = size;
	kernel.fill = fill;
	nl = (struct nl){ .fd = -1 };
	err = (struct err){ 0 };
	rc = question(f);
	if (rc < 0 && rc != -ENODEV)
		must_explain(&err);
	fprintf(f, "\n%d %d %s %s", rc, err.code, err.msg, err.details);
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char first[TEXT_MAX], second[TEXT_MAX];
	int (*question)(FILE * f);

	if (!size)
		return 0;
	question = questions[data[0] % (sizeof(questions) / sizeof(questions[0]))];
	ask(question, data + 1, size - 1, 0, first);
	ask(question, data + 1, size - 1, 0xff, second);
	must(strcmp(first, second) == 0);
	return 0;
}
