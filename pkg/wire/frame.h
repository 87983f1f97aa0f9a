/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames that ask for an address, announce one, or say whose one is: ARP for IPv4 (RFC
 * 826, RFC 5227), neighbour discovery for IPv6 (RFC 4861, RFC 4862). Bytes in and out, no socket.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/base/ip.h"

#define FRAME_MAC_LEN 6
#define FRAME_MAX     86 /* bytes of the longest that is built here */

/*
 * "Has anybody this address?", in a way that changes nobody's mind about it: an ARP probe (RFC 5227,
 * 2.1.1), or the neighbour solicitation of duplicate address detection (RFC 4862, 5.4.2). Returns
 * the length.
 */
size_t frame_put_probe(uint8_t buf[static FRAME_MAX], const struct ip *ip,
		       const uint8_t mac[static FRAME_MAC_LEN]);

/*
 * "It is mine from now on", to all: an ARP announcement (RFC 5227, 2.3), or an unsolicited neighbour
 * advertisement that overrides (RFC 4861, 7.2.6).
 */
size_t frame_put_announcement(uint8_t buf[static FRAME_MAX], const struct ip *ip,
			      const uint8_t mac[static FRAME_MAC_LEN]);

/*
 * Reads a received frame: true if its sender has the address told in *ip, or probes for it as well,
 * which counts the same (RFC 5227, 2.1.1; RFC 4862, 5.4.3). *mac is the sender's.
 */
bool frame_read_claim(const uint8_t *frame, size_t len, struct ip *ip,
		      uint8_t mac[static FRAME_MAC_LEN]);

#endif
