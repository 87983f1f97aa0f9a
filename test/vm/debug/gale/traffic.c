// SPDX-License-Identifier: GPL-2.0-or-later
/* Acts that send: datagrams, streams, and frames made of anything. And those that only look. */
#include "gale.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#define PORT 4711

/* A socket in any netns; the process stays there. */
static int any_socket(const struct world *w, int domain, int type)
{
	if (setns(w->ns[any(NS_COUNT)].fd, CLONE_NEWNET))
		return -1;
	return socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static socklen_t any_peer(bool is_v6, struct sockaddr_storage *peer)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)peer;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)peer;
	uint8_t address[16];

	address_of(any(ADDRESSES), is_v6, address);
	memset(peer, 0, sizeof(*peer));
	if (!is_v6) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(PORT);
		memcpy(&v4->sin_addr, address, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(PORT);
	memcpy(&v6->sin6_addr, address, 16);
	return sizeof(*v6);
}

/* A burst, of any size: also such that become fragments. */
static bool datagrams(const struct world *w)
{
	static const char bytes[20000];
	const bool is_v6 = any(2);
	struct sockaddr_storage peer;
	int fd = any_socket(w, is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM), on = 1, i, sent = 0;
	socklen_t len;

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	for (i = 0; i < 20; i++) {
		len = any_peer(is_v6, &peer);
		if (!is_v6 && !any(8))
			((struct sockaddr_in *)&peer)->sin_addr.s_addr = htonl(0x0a0000ff);
		sent += sendto(fd, bytes, any(8) ? any(1400) : any(sizeof(bytes)), 0,
			       (struct sockaddr *)&peer, len) >= 0;
	}
	close(fd);
	return sent;
}

/* A listener on an address that the netns has, -1 if it has none. */
static int listener_open(const struct world *w, bool is_v6, struct sockaddr_storage *here,
			 socklen_t *len)
{
	int fd = any_socket(w, is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM), on = 1, tries;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	for (tries = 0; tries < 2 * ADDRESSES; tries++) {
		*len = any_peer(is_v6, here);
		if (!bind(fd, (struct sockaddr *)here, *len) && !listen(fd, 1))
			return fd;
	}
	close(fd);
	return -1;
}

/* Waits for the other side's connection, then sends what the kernel makes long segments of. */
static bool stream_pass(int listener, int from)
{
	static char bytes[1 << 16];
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	int to, i;

	if (poll(&ready, 1, 500) != 1)
		return false;
	to = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ready.fd = to;
	for (i = 0; i < 20; i++) {
		send(from, bytes, sizeof(bytes), MSG_NOSIGNAL);
		if (poll(&ready, 1, 100) == 1)
			recv(to, bytes, sizeof(bytes), 0);
	}
	close(to);
	return true;
}

static bool stream(const struct world *w)
{
	const bool is_v6 = any(2);
	struct sockaddr_storage here;
	bool has_passed;
	socklen_t len;
	int listener = listener_open(w, is_v6, &here, &len), from;

	if (listener < 0)
		return false;
	from = any_socket(w, is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM);
	connect(from, (struct sockaddr *)&here, len);
	has_passed = stream_pass(listener, from);
	close(from);
	close(listener);
	return has_passed;
}

static void any_bytes(uint8_t *bytes, size_t count)
{
	while (count--)
		bytes[count] = any(256);
}

/* Ethernet header and what follows it, near enough to the real thing to be parsed. */
static size_t any_frame(uint8_t frame[static 1514])
{
	static const uint16_t types[] = { ETH_P_IP, ETH_P_IPV6, ETH_P_ARP, ETH_P_PAUSE, 0x88a8 };
	static const uint8_t arp[] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	static const uint8_t solicit[] = { 135, 0, 0, 0, 0, 0, 0, 0 };
	uint16_t type = htons(types[any(any(4) ? 3 : 5)]);
	size_t len = ETH_HLEN + any(any(4) ? 80 : 1500);
	uint8_t *l3 = frame + ETH_HLEN;

	any_bytes(frame, len < 120 ? 120 : len);
	if (any(3))
		mac_of(any(MASTERS), frame);
	else
		memset(frame, any(2) ? 0xff : 0x33, any(2) ? 6 : 2);
	mac_of(any(MASTERS), frame + 6);
	memcpy(frame + 12, &type, 2);
	if (type == htons(ETH_P_IP)) {
		l3[0] = any(4) ? 0x45 : 0x40 + any(16);
		if (any(2))
			memcpy(l3 + 2, (uint8_t[]){ (len - 14) >> 8, (len - 14) & 0xff }, 2);
		address_of(any(ADDRESSES), false, l3 + 12);
		address_of(any(ADDRESSES), false, l3 + 16);
	} else if (type == htons(ETH_P_IPV6)) {
		l3[0] = 0x60;
		l3[6] = any(2) ? IPPROTO_ICMPV6 : any(256);
		if (any(2))
			memcpy(l3 + 4, (uint8_t[]){ (len - 54) >> 8, (len - 54) & 0xff }, 2);
		address_of(any(ADDRESSES), true, l3 + 8);
		address_of(any(ADDRESSES), true, l3 + 24);
		if (any(3))
			memcpy(l3 + 40, solicit, sizeof(solicit));
		address_of(any(ADDRESSES), true, l3 + 48);
	} else if (type == htons(ETH_P_ARP)) {
		memcpy(l3, arp, sizeof(arp));
		address_of(any(ADDRESSES), false, l3 + 14);
		address_of(any(ADDRESSES), false, l3 + 24);
	}
	return len;
}

/* On a slave, which transmits it, or on the other end of a master, which receives it. */
static bool frames(const struct world *w)
{
	const struct ns *ns = &w->ns[any(NS_COUNT)];
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	uint8_t frame[1514];
	char name[16];
	int fd, i, sent = 0;
	size_t len;

	snprintf(name, sizeof(name), "s%u", any(SLAVES));
	if (ns == &w->ns[NS_ROUTER])
		snprintf(name, sizeof(name), "w%u", any(2));
	to.sll_ifindex = ask_index(ns, name);
	if (!to.sll_ifindex || setns(ns->fd, CLONE_NEWNET))
		return false;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	for (i = 0; i < 50; i++) {
		len = any_frame(frame);
		sent += sendto(fd, frame, len, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) >=
			0;
	}
	close(fd);
	return sent;
}

const struct act traffic[] = {
	{ "traffic: datagrams", datagrams, 4, 5 },
	{ "traffic: stream", stream, 2, 5 },
	{ "traffic: frames of anything", frames, 4, 5 },
	{ 0 },
};

static bool dump_links(const struct world *w)
{
	return ask_dump(&w->ns[any(NS_COUNT)], RTM_GETLINK) > 0;
}

static bool dump_addresses(const struct world *w)
{
	return ask_dump(&w->ns[any(NS_COUNT)], RTM_GETADDR) > 0;
}

static bool counters(const struct world *w)
{
	char name[16];

	snprintf(name, sizeof(name), "s%u", any(SLAVES));
	return !ask_counters(&w->ns[any(NS_COUNT)], name);
}

const struct act looks[] = {
	{ "look: links", dump_links, 1, 50 },
	{ "look: addresses", dump_addresses, 1, 50 },
	{ "look: counters", counters, 4, 50 },
	{ 0 },
};
