// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flood NETNS DEVICE arp|solicit|broadcast SENDER TARGET COUNT APART_MS
 *
 * Sends COUNT frames that everybody on the network gets, APART_MS from each other (0: all at
 * once, and a second to the end): ARP requests or neighbour solicitations for the address
 * TARGET, or UDP datagrams to 255.255.255.255 for which no socket waits. SENDER is an address of
 * DEVICE. Prints a window of them all with what they caused, and before it a window "silence" of
 * as much time without them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "window.h"

/* From eth on it goes out; before that, as much as puts the IP header where one can read it. */
struct frame {
	char pad[2];
	struct ethhdr eth;
	union {
		struct ether_arp arp;
		struct {
			struct ip ip;
			struct udphdr udp;
			char data[20];
		} datagram;
		struct {
			struct ip6_hdr ip;
			struct nd_neighbor_solicit ns;
			struct nd_opt_hdr option;
			uint8_t mac[ETH_ALEN];
		} solicit;
	};
};

static void die(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void address(int family, const char *text, void *value)
{
	errno = EINVAL;
	if (inet_pton(family, text, value) != 1)
		die(text);
}

/* RFC 1071 */
static uint16_t sum(const void *data, size_t size, uint32_t start)
{
	const uint16_t *word = data;

	for (; size > 1; size -= 2)
		start += *word++;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return (uint16_t)~start;
}

static size_t make_arp(struct frame *frame, const char *sender, const char *target)
{
	struct ether_arp *arp = &frame->arp;

	memset(frame->eth.h_dest, 0xff, ETH_ALEN);
	frame->eth.h_proto = htons(ETH_P_ARP);
	arp->ea_hdr = (struct arphdr){ htons(ARPHRD_ETHER), htons(ETH_P_IP), ETH_ALEN, 4,
				       htons(ARPOP_REQUEST) };
	memcpy(arp->arp_sha, frame->eth.h_source, ETH_ALEN);
	address(AF_INET, sender, arp->arp_spa);
	address(AF_INET, target, arp->arp_tpa);
	return sizeof(frame->eth) + sizeof(*arp);
}

static size_t make_broadcast(struct frame *frame, const char *sender)
{
	struct ip *ip = &frame->datagram.ip;

	memset(frame->eth.h_dest, 0xff, ETH_ALEN);
	frame->eth.h_proto = htons(ETH_P_IP);
	*ip = (struct ip){ .ip_v = 4, .ip_hl = 5, .ip_ttl = 64, .ip_p = IPPROTO_UDP,
			   .ip_len = htons(sizeof(frame->datagram)), .ip_dst.s_addr = ~0u };
	address(AF_INET, sender, &ip->ip_src);
	ip->ip_sum = sum(ip, sizeof(*ip), 0);
	frame->datagram.udp.uh_dport = htons(9);
	frame->datagram.udp.uh_ulen =
		htons(sizeof(frame->datagram.udp) + sizeof(frame->datagram.data));
	return sizeof(frame->eth) + sizeof(frame->datagram);
}

/* RFC 4861, 4.3; to the group of the target's last three bytes (RFC 4291, 2.7.1) */
static size_t make_solicit(struct frame *frame, const char *sender, const char *target)
{
	const size_t length = sizeof(frame->solicit) - sizeof(struct ip6_hdr);
	struct nd_neighbor_solicit *ns = &frame->solicit.ns;
	struct ip6_hdr *ip = &frame->solicit.ip;

	frame->eth.h_proto = htons(ETH_P_IPV6);
	*ip = (struct ip6_hdr){ .ip6_flow = htonl(6u << 28), .ip6_plen = htons((uint16_t)length),
				.ip6_nxt = IPPROTO_ICMPV6, .ip6_hlim = 255 };
	*ns = (struct nd_neighbor_solicit){ .nd_ns_type = ND_NEIGHBOR_SOLICIT };
	frame->solicit.option = (struct nd_opt_hdr){ ND_OPT_SOURCE_LINKADDR, 1 };
	memcpy(frame->solicit.mac, frame->eth.h_source, ETH_ALEN);
	address(AF_INET6, sender, &ip->ip6_src);
	address(AF_INET6, target, &ns->nd_ns_target);
	address(AF_INET6, "ff02::1:ff00:0", &ip->ip6_dst);
	memcpy(&ip->ip6_dst.s6_addr[13], &ns->nd_ns_target.s6_addr[13], 3);
	memcpy(frame->eth.h_dest, "\x33\x33", 2);
	memcpy(frame->eth.h_dest + 2, &ip->ip6_dst.s6_addr[12], 4);
	/* the checksum's pseudo header: both addresses, the length, the protocol (RFC 8200, 8.1) */
	ns->nd_ns_cksum = sum(&ip->ip6_src, 2 * sizeof(ip->ip6_src) + length,
			      htons((uint16_t)length) + (uint32_t)htons(IPPROTO_ICMPV6));
	return sizeof(frame->eth) + sizeof(frame->solicit);
}

static int open_device(const char *netns, const char *device, uint8_t *mac)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET };
	struct ifreq ask = { 0 };
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	at.sll_ifindex = (int)if_nametoindex(device);
	strncpy(ask.ifr_name, device, sizeof(ask.ifr_name) - 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    ioctl(fd, SIOCGIFHWADDR, &ask))
		die(device);
	memcpy(mac, ask.ifr_hwaddr.sa_data, ETH_ALEN);
	return fd;
}

/* ENOBUFS: the driver has dropped it. */
static void send_frame(int fd, const struct frame *frame, size_t size)
{
	if (send(fd, &frame->eth, size, 0) < 0 && errno != ENOBUFS)
		die("send");
}

/*
 * A window for each frame and one for each silence as long, so that what strikes now and then is in
 * few of them: the median is what the frame causes, and what the waiting itself costs.
 */
static void send_apart(const char *kind, int fd, const struct frame *frame, size_t size, int count,
		       useconds_t apart_us)
{
	for (int i = 0; i < count; i++) {
		window_begin();
		usleep(apart_us);
		window_end();
		window_print("silence", 1);

		window_begin();
		send_frame(fd, frame, size);
		usleep(apart_us);
		window_end();
		window_print(kind, 1);
	}
}

static void send_at_once(const char *kind, int fd, const struct frame *frame, size_t size,
			 int count)
{
	window_begin();
	for (int i = 0; i < count; i++)
		send_frame(fd, frame, size);
	sleep(1);
	window_end();
	window_print(kind, count);
}

int main(int argc, char **argv)
{
	int fd, count = argc == 8 ? atoi(argv[6]) : 0, apart_ms;
	struct frame frame = { 0 };
	size_t size;

	if (count < 1) {
		fprintf(stderr, "usage: flood NETNS DEVICE arp|solicit|broadcast SENDER TARGET COUNT "
				"APART_MS\n");
		return 2;
	}
	apart_ms = atoi(argv[7]);
	fd = open_device(argv[1], argv[2], frame.eth.h_source);
	if (strcmp(argv[3], "arp") == 0)
		size = make_arp(&frame, argv[4], argv[5]);
	else if (strcmp(argv[3], "solicit") == 0)
		size = make_solicit(&frame, argv[4], argv[5]);
	else
		size = make_broadcast(&frame, argv[4]);

	if (apart_ms)
		send_apart(argv[3], fd, &frame, size, count, (useconds_t)apart_ms * 1000);
	else
		send_at_once(argv[3], fd, &frame, size, count);
	return 0;
}
