// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * links create NETNS FIRST LAST KIND MASTER up|down [MODE]
 * links address|up|delete|delete-group NETNS FIRST LAST
 * links one-address NETNS DEVICE ROUNDS
 *
 * Slaves by the hundred: s<FIRST> to s<LAST> in NETNS, MASTER being in our own. create, address
 * and delete ask for one after the other: a slave, an address of 10.1.0.0/16 for it, its end. up
 * asks for all at once, delete-group with one request for the group that create has put them
 * into. Each prints a window of all that and a line "elapsed:WHAT", nanoseconds each, waits
 * included.
 *
 * one-address adds an address to DEVICE and deletes it, ROUNDS times, and prints the median
 * instructions of each.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "window.h"

#define GROUP 1

/* What is to be done to a range of slaves, and how. */
struct task {
	int first, last;
	char **how;
};

static struct mnl_socket *nl;
static char request[4096], answer[8192], batch[131072];
static uint32_t sequence;
static int netns; /* of the slaves */

static void die(const char *what)
{
	fprintf(stderr, "links: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct nlmsghdr *message(int type, int flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);

	h->nlmsg_type = (uint16_t)type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	h->nlmsg_seq = ++sequence;
	return h;
}

/* Sends requests of which the last, and only the last, wants an answer; and waits for that. */
static void ask(const void *requests, size_t size, const char *what)
{
	const struct nlmsghdr *reply = (const struct nlmsghdr *)answer;

	if (mnl_socket_sendto(nl, requests, size) < 0 ||
	    mnl_socket_recvfrom(nl, answer, sizeof(answer)) < 0)
		die(what);
	errno = EPROTO;
	if (reply->nlmsg_type == NLMSG_ERROR && reply->nlmsg_seq == sequence)
		errno = -((const struct nlmsgerr *)mnl_nlmsg_get_payload(reply))->error;
	if (errno)
		die(what);
}

static const char *name_of(int n)
{
	static char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "s%d", n);
	return name;
}

static struct nlmsghdr *link_message(int type, int flags, int n)
{
	struct nlmsghdr *h = message(type, flags);

	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, name_of(n));
	return h;
}

static void set_up(struct nlmsghdr *h)
{
	struct ifinfomsg *m = mnl_nlmsg_get_payload(h);

	m->ifi_flags = m->ifi_change = IFF_UP;
}

static void put_kind(struct nlmsghdr *h, const char *kind, const char *mode)
{
	struct nlattr *info = mnl_attr_nest_start(h, IFLA_LINKINFO), *of_kind;

	mnl_attr_put_strz(h, IFLA_INFO_KIND, kind);
	of_kind = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	if (strcmp(kind, "macvlan") == 0)
		mnl_attr_put_u32(h, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	else
		mnl_attr_put_u16(h, IFLA_IPVLAN_MODE,
				 mode && strcmp(mode, "l3") == 0 ? IPVLAN_MODE_L3 : IPVLAN_MODE_L2);
	mnl_attr_nest_end(h, of_kind);
	mnl_attr_nest_end(h, info);
}

/* how: KIND MASTER up|down [MODE] */
static void create(const struct task *task)
{
	const unsigned int master = if_nametoindex(task->how[1]);

	for (int n = task->first; n <= task->last; n++) {
		struct nlmsghdr *h = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, n);

		if (strcmp(task->how[2], "up") == 0)
			set_up(h);
		mnl_attr_put_u32(h, IFLA_LINK, master);
		mnl_attr_put_u32(h, IFLA_NET_NS_FD, (uint32_t)netns);
		mnl_attr_put_u32(h, IFLA_GROUP, GROUP);
		put_kind(h, task->how[0], task->how[3]);
		ask(h, h->nlmsg_len, name_of(n));
	}
}

static void ask_address(int type, const char *device, uint32_t address)
{
	struct nlmsghdr *h = message(type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->ifa_family = AF_INET;
	m->ifa_prefixlen = 32;
	m->ifa_index = if_nametoindex(device);
	mnl_attr_put_u32(h, IFA_LOCAL, htonl(address));
	ask(h, h->nlmsg_len, device);
}

static void address(const struct task *task)
{
	for (int n = task->first; n <= task->last; n++)
		ask_address(RTM_NEWADDR, name_of(n), 0x0a010000u + (uint32_t)n);
}

/* In one message to the kernel: nothing that the first sets off runs before the last is up. */
static void up(const struct task *task)
{
	size_t size = 0;

	for (int n = task->first; n <= task->last; n++) {
		struct nlmsghdr *h = link_message(RTM_NEWLINK, 0, n);

		set_up(h);
		if (n < task->last)
			h->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
		errno = ENOBUFS;
		if (size + h->nlmsg_len > sizeof(batch))
			die("up");
		memcpy(batch + size, h, h->nlmsg_len);
		size += h->nlmsg_len;
	}
	ask(batch, size, "up");
}

static void delete(const struct task *task)
{
	for (int n = task->first; n <= task->last; n++) {
		struct nlmsghdr *h = link_message(RTM_DELLINK, 0, n);

		ask(h, h->nlmsg_len, name_of(n));
	}
}

static void delete_group(const struct task *task)
{
	struct nlmsghdr *h = message(RTM_DELLINK, 0);

	(void)task;
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(h, IFLA_GROUP, GROUP);
	ask(h, h->nlmsg_len, "group");
}

static const struct {
	const char *name;
	void (*run)(const struct task *task);
	bool is_asked_outside; /* in the master's netns, not the slaves' */
} verbs[] = {
	{ "create",		create,		true },
	{ "address",		address,	false },
	{ "up",			up,		false },
	{ "delete",		delete,		false },
	{ "delete-group",	delete_group,	false },
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void measure(size_t verb, const struct task *task)
{
	const int n = task->last - task->first + 1;
	const uint64_t began = now_ns();

	window_begin();
	verbs[verb].run(task);
	window_end();
	printf("elapsed:%s %llu\n", verbs[verb].name,
	       (unsigned long long)(now_ns() - began) / (unsigned int)n);
	window_print(verbs[verb].name, n);
}

static void one_address(const char *device, int rounds)
{
	uint64_t *add = calloc((size_t)rounds, sizeof(*add));
	uint64_t *del = calloc((size_t)rounds, sizeof(*del));

	for (int i = 0; i < rounds; i++) {
		const uint64_t began = instructions();
		uint64_t added;

		ask_address(RTM_NEWADDR, device, 0x0a020001);
		added = instructions();
		ask_address(RTM_DELADDR, device, 0x0a020001);
		add[i] = added - began;
		del[i] = instructions() - added;
	}
	print_median("add-address", add, rounds);
	print_median("delete-address", del, rounds);
	free(add);
	free(del);
}

static void open_netlink(void)
{
	nl = mnl_socket_open(NETLINK_ROUTE);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		die("netlink");
}

static void enter(void)
{
	if (setns(netns, CLONE_NEWNET))
		die("setns");
}

static int usage(void)
{
	fprintf(stderr, "usage: links create NETNS FIRST LAST KIND MASTER up|down [MODE]\n"
			"       links address|up|delete|delete-group NETNS FIRST LAST\n"
			"       links one-address NETNS DEVICE ROUNDS\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct task task;
	char path[64];

	if (argc < 5)
		return usage();
	snprintf(path, sizeof(path), "/run/netns/%s", argv[2]);
	netns = open(path, O_RDONLY | O_CLOEXEC);
	if (netns < 0)
		die(path);
	if (strcmp(argv[1], "one-address") == 0) {
		enter();
		open_netlink();
		one_address(argv[3], atoi(argv[4]));
		return 0;
	}
	task = (struct task){ atoi(argv[3]), atoi(argv[4]), argv + 5 };
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		if (!verbs[i].is_asked_outside)
			enter();
		open_netlink();
		measure(i, &task);
		return 0;
	}
	return usage();
}
