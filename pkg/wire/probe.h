/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking the network who has an address, and telling it that one is ours (frame.h says how). The
 * sockets are of AF_PACKET, SOCK_RAW, protocol 0, made by the caller in the netns of the interface.
 * Closing one costs a grace period of RCU, about ten milliseconds.
 */
#ifndef WIRE_PROBE_H
#define WIRE_PROBE_H

#include "pkg/base/err.h"
#include "pkg/wire/frame.h"

/* An interface of Ethernet to send from. */
struct wire {
	int fd;
	int ifindex;
	uint8_t mac[FRAME_MAC_LEN];
};

struct probe {
	struct ip ip;
	bool is_taken;
	uint8_t by[FRAME_MAC_LEN]; /* by whom */
};

#define PROBE_NUM 3 /* RFC 5227, 1.1: each address is asked for so many times */

/*
 * Asks for all addresses at one time and listens for budget_ms, or until all are taken. What is
 * sent under the interface's own MAC address is of this host and does not count. Code 11 if the
 * interface is down, else 100.
 */
int probe_run(const struct wire *w, struct probe *probes, size_t n, uint32_t budget_ms,
	      struct err *err);

/* Announces an address, once. -errno, err untouched. */
int probe_announce(const struct wire *w, const struct ip *ip);

#endif
