// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * packet ROUNDS NETNS ADDRESS NETNS ADDRESS WHAT…
 *
 * From a socket in the first netns to one in the second, in one thread: a send() returns when
 * the other socket has the data, for the kernel delivers within it. Prints a line "NAME
 * INSTRUCTIONS" each (the median of ROUNDS) for each WHAT:
 *
 *	udp18 udp1400	a send() of so many bytes
 *	tcprr		a byte there and a byte back
 *	tcp64k		64 KiB there
 *
 * and, for each datagram size, a window of ROUNDS datagrams.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "window.h"

#define WARM_UP	200
#define BULK	65536

struct end {
	int netns; /* fd */
	struct sockaddr_storage at;
};

static char data[BULK];
static uint64_t *samples;
static int rounds;

static void die(const char *what)
{
	fprintf(stderr, "packet: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void end_set(struct end *end, const char *netns, const char *address)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&end->at;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&end->at;
	char path[64];

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	end->netns = open(path, O_RDONLY | O_CLOEXEC);
	if (end->netns < 0)
		die(path);
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1)
		v4->sin_family = AF_INET;
	else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1)
		v6->sin6_family = AF_INET6;
	else
		die(address);
}

/* The port stands at the same place in both families' addresses. */
static struct sockaddr *address_of(struct end *end, uint16_t port)
{
	((struct sockaddr_in *)&end->at)->sin_port = htons(port);
	return (struct sockaddr *)&end->at;
}

/* A socket in the netns of the end, bound to its address. It waits for an answer, not for ever. */
static int open_socket(struct end *end, int type, uint16_t port)
{
	struct timeval patience = { .tv_sec = 3 };
	const int on = 1;
	int fd;

	if (setns(end->netns, CLONE_NEWNET))
		die("setns");
	fd = socket(end->at.ss_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, address_of(end, port), sizeof(end->at)))
		die("socket");
	return fd;
}

static void carry(int from, int to, size_t size)
{
	ssize_t n;

	if (send(from, data, size, 0) != (ssize_t)size)
		die("send");
	for (size_t got = 0; got < size; got += (size_t)n) {
		n = recv(to, data, sizeof(data), 0);
		if (n <= 0)
			die("nothing arrived");
	}
}

static void udp(struct end *a, struct end *b, const char *name, size_t size)
{
	int from = open_socket(a, SOCK_DGRAM, 7001), to = open_socket(b, SOCK_DGRAM, 7002);

	if (connect(from, address_of(b, 7002), sizeof(b->at)) ||
	    connect(to, address_of(a, 7001), sizeof(a->at)))
		die("connect");
	/* both ways, so that both know the other's MAC */
	for (int i = 0; i < WARM_UP; i++) {
		carry(from, to, size);
		carry(to, from, size);
	}
	for (int i = 0; i < rounds; i++) {
		uint64_t began = instructions();

		if (send(from, data, size, 0) < 0)
			die("send");
		samples[i] = instructions() - began;
		if (recv(to, data, sizeof(data), MSG_DONTWAIT) < 0)
			die("a datagram did not arrive within its send()");
	}
	print_median(name, samples, rounds);

	window_begin();
	for (int i = 0; i < rounds; i++)
		carry(from, to, size);
	window_end();
	window_print(name, rounds);
	close(from);
	close(to);
}

static void there_and_back(int a, int b)
{
	carry(a, b, 1);
	carry(b, a, 1);
}

static void there_in_bulk(int a, int b)
{
	carry(a, b, BULK);
}

static void tcp(struct end *a, struct end *b, const char *name, void (*act)(int a, int b), int n)
{
	int listener = open_socket(b, SOCK_STREAM, 7003), from, to;
	const int on = 1;

	if (listen(listener, 1))
		die("listen");
	from = open_socket(a, SOCK_STREAM, 0);
	if (connect(from, address_of(b, 7003), sizeof(b->at)))
		die("connect");
	to = accept(listener, NULL, NULL);
	if (to < 0 || setsockopt(from, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
	    setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		die("accept");
	for (int i = 0; i < WARM_UP; i++)
		act(from, to);
	for (int i = 0; i < n; i++) {
		uint64_t began = instructions();

		act(from, to);
		samples[i] = instructions() - began;
	}
	print_median(name, samples, n);
	close(from);
	close(to);
	close(listener);
}

int main(int argc, char **argv)
{
	struct end a = { 0 }, b = { 0 };

	rounds = argc > 6 ? atoi(argv[1]) : 0;
	samples = calloc((size_t)rounds + 1, sizeof(*samples));
	if (rounds < 4 || !samples) {
		fprintf(stderr, "usage: packet ROUNDS NETNS ADDRESS NETNS ADDRESS WHAT...\n");
		return 2;
	}
	end_set(&a, argv[2], argv[3]);
	end_set(&b, argv[4], argv[5]);
	for (char **what = argv + 6; *what; what++) {
		if (strcmp(*what, "udp18") == 0)
			udp(&a, &b, *what, 18);
		else if (strcmp(*what, "udp1400") == 0)
			udp(&a, &b, *what, 1400);
		else if (strcmp(*what, "tcprr") == 0)
			tcp(&a, &b, *what, there_and_back, rounds);
		else if (strcmp(*what, "tcp64k") == 0)
			tcp(&a, &b, *what, there_in_bulk, rounds / 4);
		else
			die(*what);
	}
	return 0;
}
