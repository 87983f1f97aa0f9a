// SPDX-License-Identifier: GPL-2.0-or-later
/* `ipvlan lock`, `ipvlan unlock`: a slave's address lock, for who makes slaves with iproute2. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/netlink.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/netns/netns.h"
#include "pkg/nl/link.h"
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan lock [--netns NETNS] INTERFACE [ADDRESS...]\n"
	"       ipvlan unlock [--netns NETNS] INTERFACE\n"
	"\n"
	"Locks an ipvlan interface to the addresses that it has and those that are named: whatever its\n"
	"netns wants, it can have no other, and sends nothing in another's name. Locking it again allows\n"
	"more. To be run in the netns of the master; inside the interface's own it is refused. What was\n"
	"dropped is counted: ethtool -S.\n"
	"\n"
	"  --netns NETNS    where the interface is: a name of `ip netns` or a path (default: here)\n";

struct request {
	bool is_lock;
	const char *netns; /* NULL: here */
	const char *ifname;
	struct ip *allowed;
	size_t n_allowed;
};

static int read_addresses(struct request *r, char **args, size_t n)
{
	r->allowed = mem_new(n, sizeof(*r->allowed));
	for (size_t i = 0; i < n; i++) {
		if (ip_parse(args[i], &r->allowed[i]) < 0) {
			log_warn("%s: not an IP address", args[i]);
			return 2;
		}
	}
	r->n_allowed = n;
	return 0;
}

/* 0 go on; else exit with it - 1. */
static int read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = { { "netns", required_argument, NULL, 'n' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	int c;

	*r = (struct request){ .is_lock = strcmp(argv[0], "lock") == 0 };
	optind = 1;
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c != 'n') {
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 1 : 3;
		}
		r->netns = optarg;
	}
	if (optind == argc || (!r->is_lock && optind + 1 < argc)) {
		fputs(usage, stderr);
		return 3;
	}
	r->ifname = argv[optind++];
	return read_addresses(r, argv + optind, (size_t)(argc - optind)) ? 3 : 0;
}

/* A socket where the interface is, made from here, where the process stays: that is what counts. */
static int open_there(const struct request *r, struct nl *nl, struct err *err)
{
	cleanup_fd int home = -1, there = -1;
	char path[4096];
	int fd = -1, rc = netns_open_self(&home, err);

	snprintf(path, sizeof(path), "%s%s",
		 !r->netns || strchr(r->netns, '/') ? "" : "/run/netns/",
		 r->netns ? r->netns : "/proc/self/ns/net");
	if (rc == 0)
		rc = netns_open(path, &there, err);
	if (rc == 0)
		rc = netns_socket(there, home, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &fd, err);
	if (rc == 0)
		nl_open(nl, fd);
	return rc;
}

static int find(struct nl *nl, const struct request *r, struct link *l, struct err *err)
{
	int rc = link_by_name(nl, r->ifname, l, err);

	if (rc == -ENODEV)
		return err_set(err, CNI_ERR_KERNEL, rc, "interface %s: not there", r->ifname);
	if (rc == 0 && strcmp(l->kind, "ipvlan") != 0)
		return err_set(err, CNI_ERR_KERNEL, -EINVAL,
			       "interface %s: its kind is %s; only ipvlan ones can be locked",
			       r->ifname, l->kind[0] ? l->kind : "none");
	if (rc == 0 && !l->can_lock)
		return err_set(err, CNI_ERR_KERNEL, -EOPNOTSUPP,
			       "interface %s: the ipvlan driver of this kernel cannot lock; the "
			       "ipvlan.ko that comes with this plugin can",
			       r->ifname);
	return rc;
}

static int set_lock(const struct request *r, struct err *err)
{
	struct nl nl = { .fd = -1 };
	struct link l;
	int rc = open_there(r, &nl, err);

	if (rc == 0)
		rc = find(&nl, r, &l, err);
	if (rc == 0 && r->is_lock)
		rc = link_lock(&nl, l.ifindex, l.name, r->allowed, r->n_allowed, err);
	else if (rc == 0)
		rc = link_unlock(&nl, l.ifindex, l.name, err);
	nl_close(&nl);
	return rc;
}

static int run(int argc, char **argv)
{
	struct err err = { 0 };
	struct request r;
	int status = read_options(argc, argv, &r);

	if (status == 0 && set_lock(&r, &err) < 0) {
		log_warn("%s%s%s", err.msg, err.details[0] ? ": " : "", err.details);
		status = 2;
	}
	free(r.allowed);
	return status ? status - 1 : 0;
}

const struct tool tool_lock = {
	.name = "lock",
	.summary = "hold an interface to its addresses",
	.usage = usage,
	.run = run,
};
const struct tool tool_unlock = {
	.name = "unlock",
	.summary = "and no longer",
	.usage = usage,
	.run = run,
};
