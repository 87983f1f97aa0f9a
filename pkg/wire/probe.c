// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/wire/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <sys/socket.h>

#define LISTEN_MAX 1514

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * Of all that the interface receives: ARP, and solicitations and advertisements of IPv6, without a
 * VLAN tag, which would be of another network. The rest does not wake us.
 */
static int set_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 7),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_ARP, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IPV6, 0, 4),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54), /* type of ICMPv6 behind a bare header */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ND_NEIGHBOR_SOLICIT, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, ND_NEIGHBOR_ADVERT, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, LISTEN_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog filter = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

/*
 * The filter comes first, so that there is nothing to be thrown away. What is sent is for the
 * wire: programs on the way out of the interface, which may know a pod of that address here, are
 * not asked.
 */
static int listen_on(const struct wire *w)
{
	const struct sockaddr_ll all = { .sll_family = AF_PACKET,
					 .sll_protocol = htons(ETH_P_ALL),
					 .sll_ifindex = w->ifindex };
	int on = 1;

	setsockopt(w->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)); /* from 4.20 on */
	setsockopt(w->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
	if (set_filter(w->fd) < 0 || bind(w->fd, (const struct sockaddr *)&all, sizeof(all)) < 0)
		return -errno;
	return 0;
}

static int send_frame(const struct wire *w, const uint8_t *frame, size_t len)
{
	const struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = w->ifindex };

	return sendto(w->fd, frame, len, 0, (const struct sockaddr *)&to, sizeof(to)) < 0 ? -errno :
											    0;
}

static int send_probes(const struct wire *w, const struct probe *probes, size_t n)
{
	uint8_t frame[FRAME_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		if (!probes[i].is_taken)
			rc = send_frame(w, frame, frame_put_probe(frame, &probes[i].ip, w->mac));
	return rc;
}

static void note_claim(const struct wire *w, struct probe *probes, size_t n, const uint8_t *frame,
		       size_t len)
{
	uint8_t mac[FRAME_MAC_LEN];
	struct ip ip;

	if (!frame_read_claim(frame, len, &ip, mac) || memcmp(mac, w->mac, sizeof(mac)) == 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (ip_cmp(&probes[i].ip, &ip) == 0) {
			probes[i].is_taken = true;
			memcpy(probes[i].by, mac, sizeof(mac));
		}
}

static bool all_taken(const struct probe *probes, size_t n)
{
	size_t taken = 0;

	for (size_t i = 0; i < n; i++)
		taken += probes[i].is_taken;
	return taken == n;
}

static int listen_until(const struct wire *w, struct probe *probes, size_t n, int64_t end_ms)
{
	int64_t left_ms;

	while (!all_taken(probes, n) && (left_ms = end_ms - now_ms()) > 0) {
		struct pollfd fd = { .fd = w->fd, .events = POLLIN };
		uint8_t frame[LISTEN_MAX];
		ssize_t len;

		if (poll(&fd, 1, (int)left_ms) <= 0)
			continue;
		len = recv(w->fd, frame, sizeof(frame), MSG_DONTWAIT);
		if (len < 0 && errno != EINTR && errno != EAGAIN)
			return -errno; /* the interface went down, or away */
		if (len > 0)
			note_claim(w, probes, n, frame, (size_t)len);
	}
	return 0;
}

int probe_run(const struct wire *w, struct probe *probes, size_t n, uint32_t budget_ms,
	      struct err *err)
{
	int64_t start_ms = now_ms();
	int rc = listen_on(w);

	for (int64_t i = 0; rc == 0 && i < PROBE_NUM; i++) {
		rc = send_probes(w, probes, n);
		if (rc == 0)
			rc = listen_until(w, probes, n, start_ms + (i + 1) * budget_ms / PROBE_NUM);
	}
	return rc < 0 ? err_errno(err, rc == -ENETDOWN ? CNI_ERR_AGAIN : CNI_ERR_KERNEL, rc,
				  "interface #%d: probe for addresses", w->ifindex) :
			0;
}

int probe_announce(const struct wire *w, const struct ip *ip)
{
	uint8_t frame[FRAME_MAX];

	return send_frame(w, frame, frame_put_announcement(frame, ip, w->mac));
}
