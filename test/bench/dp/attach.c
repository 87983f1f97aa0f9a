// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attach PODS: gives so many netns a pod's interface by eBPF, one after the other, and takes them
 * away again, in a netns of its own with one end of a veth pair as the master. Prints what it cost:
 * processor time and whole time of the first, and the medians of the 20 before the 100th and of the
 * last 20. What a netns costs, and the process, is not in it.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include "pkg/datapath/datapath.h"
#include "pkg/netns/netns.h"

#define AROUND 20

struct cost {
	double cpu, whole; /* ms */
};

static int home;
static struct link master;

static void must(int rc, const struct err *err)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "attach: %s %s\n", err->msg, err->details);
	exit(1);
}

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int new_netns(void)
{
	struct err err = { 0 };
	int fd = -1;

	if (unshare(CLONE_NEWNET) < 0)
		exit(1);
	must(netns_open_self(&fd, &err), &err);
	return fd;
}

static struct nl open_nl(int netns)
{
	struct nl nl = { .fd = -1 };
	struct err err = { 0 };
	int fd;

	must(netns_socket(netns, home, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &fd, &err), &err);
	nl_open(&nl, fd);
	return nl;
}

static struct cost once(int netns, int number, bool is_detach)
{
	struct nl pod = open_nl(netns), lower = open_nl(home);
	struct datapath_ns ns = { &pod, netns, &lower, home };
	struct ip addresses[] = {
		{ .family = AF_INET, .bytes = { 10, 0, (uint8_t)(number >> 8), (uint8_t)number } },
		{ .family = AF_INET6,
		  .bytes = { 0xfd, [14] = (uint8_t)(number >> 8), [15] = (uint8_t)number } },
	};
	char identity[32];
	struct datapath_spec spec = { .ifname = "eth0",
				      .identity = identity,
				      .master = &master,
				      .mode = IPVLAN_MODE_L2,
				      .is_locked = true,
				      .addresses = addresses,
				      .n_addresses = 2 };
	struct err err = { 0 };
	struct link made;
	double cpu, whole;

	snprintf(identity, sizeof(identity), "cni:bench:%d:eth0", number);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	whole = now(CLOCK_MONOTONIC);
	must(is_detach ? datapath_ebpf.detach(&ns, "eth0", identity, &err) :
			 datapath_ebpf.attach(&ns, &spec, &made, &err),
	     &err);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	whole = now(CLOCK_MONOTONIC) - whole;
	nl_close(&pod);
	nl_close(&lower);
	return (struct cost){ cpu, whole };
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print(const char *what, const struct cost *costs, int n)
{
	double cpu[AROUND], whole[AROUND];

	for (int i = 0; i < n; i++) {
		cpu[i] = costs[i].cpu;
		whole[i] = costs[i].whole;
	}
	qsort(cpu, (size_t)n, sizeof(*cpu), by_value);
	qsort(whole, (size_t)n, sizeof(*whole), by_value);
	printf("%-24s %8.2f ms of processor %8.2f ms in all\n", what, cpu[n / 2], whole[n / 2]);
}

int main(int argc, char **argv)
{
	int pods = argc > 1 ? atoi(argv[1]) : 0;
	struct rlimit files = { 8192, 8192 };
	struct err err = { 0 };
	struct cost *costs;
	struct nl nl;
	int *netns;

	if (pods < AROUND || pods > 4000)
		return 2;
	setrlimit(RLIMIT_NOFILE, &files);
	costs = calloc((size_t)pods, sizeof(*costs));
	netns = calloc((size_t)pods, sizeof(*netns));
	home = new_netns();
	if (!costs || !netns ||
	    system("ip link add m0 type veth peer name m1 && ip link set m0 up"))
		return 1;
	nl = open_nl(home);
	must(link_by_name(&nl, "m0", &master, &err), &err);
	for (int i = 0; i < pods; i++) {
		netns[i] = new_netns();
		netns_leave(home);
	}
	for (int i = 0; i < pods; i++)
		costs[i] = once(netns[i], i + 1, false);
	print("attach, the first", costs, 1);
	if (pods > 100)
		print("attach, the 100th", costs + 100 - AROUND, AROUND);
	print("attach, the last", costs + pods - AROUND, AROUND);
	for (int i = pods; i-- > 0;)
		costs[i] = once(netns[i], i + 1, true);
	print("detach, the first", costs + pods - AROUND, AROUND);
	print("detach, the last but one", costs + 1, AROUND);
	return 0;
}
