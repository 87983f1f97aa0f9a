// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/fault/state.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#define LO_IFINDEX 1

static struct {
	char *text;
	size_t len;
	const char *prefix;
} out;

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	va_list ap;

	out.len += (size_t)snprintf(out.text + out.len, STATE_MAX - out.len, "%s", out.prefix);
	va_start(ap, fmt);
	if (out.len < STATE_MAX)
		out.len += (size_t)vsnprintf(out.text + out.len, STATE_MAX - out.len, fmt, ap);
	va_end(ap);
	if (out.len >= STATE_MAX)
		errx(1, "more is there than %d bytes can tell", STATE_MAX);
}

/* ---- netns --------------------------------------------------------------------------------- */

int state_socket(const char *netns)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there = open(netns, O_RDONLY | O_CLOEXEC), fd;

	if (home < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0)
		err(1, "%s", netns);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0 || setns(home, CLONE_NEWNET) < 0)
		err(1, "socket in %s", netns);
	close(there);
	close(home);
	return fd;
}

static const char *address(const struct nlmsghdr *nlh, size_t head, uint16_t type, int family,
			   char text[static INET6_ADDRSTRLEN])
{
	const struct nlattr *attr;

	strcpy(text, "any");
	mnl_attr_for_each(attr, nlh, head)
		if (mnl_attr_get_type(attr) == type)
			inet_ntop(family, mnl_attr_get_payload(attr), text, INET6_ADDRSTRLEN);
	return text;
}

static uint32_t number(const struct nlmsghdr *nlh, size_t head, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, head)
		if (mnl_attr_get_type(attr) == type)
			return mnl_attr_get_u32(attr);
	return 0;
}

static const char *string(const struct nlmsghdr *nlh, size_t head, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, head)
		if (mnl_attr_get_type(attr) == type)
			return mnl_attr_get_str(attr);
	return "";
}

static void say_link(const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(nlh);

	if (i->ifi_index != LO_IFINDEX)
		say("link #%d %s mtu %u %s\n", i->ifi_index, string(nlh, sizeof(*i), IFLA_IFNAME),
		    number(nlh, sizeof(*i), IFLA_MTU), i->ifi_flags & IFF_PROMISC ? "promisc" : "");
}

static void say_address(const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *a = mnl_nlmsg_get_payload(nlh);
	char text[INET6_ADDRSTRLEN];

	if (a->ifa_index != LO_IFINDEX)
		say("address #%u %s/%u\n", a->ifa_index,
		    address(nlh, sizeof(*a), IFA_ADDRESS, a->ifa_family, text), a->ifa_prefixlen);
}

static void say_route(const struct nlmsghdr *nlh)
{
	const struct rtmsg *r = mnl_nlmsg_get_payload(nlh);
	uint32_t oif = number(nlh, sizeof(*r), RTA_OIF);
	char dst[INET6_ADDRSTRLEN], gw[INET6_ADDRSTRLEN];

	if (r->rtm_type == RTN_UNICAST && oif != LO_IFINDEX && !(r->rtm_flags & RTM_F_CLONED))
		say("route %s/%u by %s #%u table %u\n",
		    address(nlh, sizeof(*r), RTA_DST, r->rtm_family, dst), r->rtm_dst_len,
		    address(nlh, sizeof(*r), RTA_GATEWAY, r->rtm_family, gw), oif,
		    number(nlh, sizeof(*r), RTA_TABLE));
}

static void say_rule(const struct nlmsghdr *nlh)
{
	const struct fib_rule_hdr *f = mnl_nlmsg_get_payload(nlh);

	say("rule %u family %u table %u\n", number(nlh, sizeof(*f), FRA_PRIORITY), f->family,
	    number(nlh, sizeof(*f), FRA_TABLE));
}

static void say_neighbour(const struct nlmsghdr *nlh)
{
	const struct ndmsg *n = mnl_nlmsg_get_payload(nlh);
	char text[INET6_ADDRSTRLEN];

	if (n->ndm_state & NUD_PERMANENT || n->ndm_flags & NTF_PROXY)
		say("neighbour #%d %s\n", n->ndm_ifindex,
		    address(nlh, sizeof(*n), NDA_DST, n->ndm_family, text));
}

static void say_qdisc(const struct nlmsghdr *nlh)
{
	const struct tcmsg *q = mnl_nlmsg_get_payload(nlh);

	if (q->tcm_ifindex != LO_IFINDEX)
		say("qdisc #%d %s\n", q->tcm_ifindex, string(nlh, sizeof(*q), TCA_KIND));
}

static const struct table {
	uint16_t ask;
	size_t head;
	void (*say)(const struct nlmsghdr *nlh);
} tables[] = {
	{ RTM_GETLINK, sizeof(struct ifinfomsg), say_link },
	{ RTM_GETADDR, sizeof(struct ifaddrmsg), say_address },
	{ RTM_GETROUTE, sizeof(struct rtmsg), say_route },
	{ RTM_GETRULE, sizeof(struct fib_rule_hdr), say_rule },
	{ RTM_GETNEIGH, sizeof(struct ndmsg), say_neighbour },
	{ RTM_GETQDISC, sizeof(struct tcmsg), say_qdisc },
};

static void say_table(int fd, const struct table *t)
{
	_Alignas(NLMSG_ALIGNTO) char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	ssize_t len;

	nlh->nlmsg_type = t->ask;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	memset(mnl_nlmsg_put_extra_header(nlh, t->head), 0, t->head);
	if (send(fd, nlh, nlh->nlmsg_len, 0) < 0)
		err(1, "netlink");
	while ((len = recv(fd, buf, sizeof(buf), 0)) > 0) {
		int left = (int)len;

		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
				return;
			t->say(nlh);
		}
	}
	err(1, "netlink");
}

/* ---- files --------------------------------------------------------------------------------- */

static int say_file(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)ftw;
	if (kind != FTW_NS)
		say("%s %s\n", kind == FTW_D || kind == FTW_DNR ? "directory" : "file", path);
	return 0;
}

void state_read(const struct watch *w, char text[STATE_MAX])
{
	out.text = text;
	out.len = 0;
	text[0] = '\0';
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		out.prefix = "";
		say_table(w->here, &tables[i]);
		out.prefix = "pod: ";
		say_table(w->pod, &tables[i]);
	}
	out.prefix = "";
	for (size_t i = 0; w->dirs[i]; i++)
		nftw(w->dirs[i], say_file, 16, FTW_PHYS);
}

const char *state_more(const char *before, const char *now, char line[256])
{
	char whole[300];

	for (; *now; now += strcspn(now, "\n") + 1) {
		snprintf(line, 256, "%.*s", (int)strcspn(now, "\n"), now);
		snprintf(whole, sizeof(whole), "\n%s\n", line);
		if (strncmp(before, whole + 1, strlen(whole + 1)) != 0 && !strstr(before, whole))
			return line;
	}
	return NULL;
}
