// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frames SEED COUNT < CORPUS
 *
 * Sends frames through the programs as they are in the kernel (BPF_PROG_TEST_RUN): each of the
 * corpus, one a line in hex, and COUNT that are made of them by changing, cutting and joining. What
 * a pod with antiSpoof may send is decided here a second time, from the whole frame and with no
 * regard to speed: the program must let pass that and nothing else. The master's programs only have
 * to come to an end with a verdict that there is. Prints what disagrees, as hex; exit status 1.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "datapath/include/ipvlan_bpf.h"
#include "ipvlan.skel.h"

#define FRAME_MAX  1600
#define SEEDS_MAX  256
#define NO_DEVICE  0x7ffffff0 /* copies for it go nowhere */
#define TC_DROP	   2
#define TC_REDIRECT 7
#define NOT_RUN	   (-1000) /* newer kernels make no packet of one that is no whole IP header */

struct frame {
	uint8_t bytes[FRAME_MAX];
	size_t len;
};

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t own4[4] = { 10, 77, 0, 10 };
static const uint8_t own6[16] = { 0xfd, 0x77, [15] = 0x10 };

/* ---- what may pass ------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *at, size_t len)
{
	while (len && !*at)
		at++, len--;
	return !len;
}

static bool may_arp(const uint8_t *p, size_t len)
{
	static const uint8_t head[6] = { 0, 1, 8, 0, 6, 4 };
	const uint8_t *sender = p + 14;

	if (len < 28 || memcmp(p, head, 6))
		return false;
	return !memcmp(p + 8, mac, 6) &&
	       !memcmp(is_zero(sender, 4) ? p + 24 : sender, own4, 4);
}

static bool may_ip4(const uint8_t *p, size_t len, bool is_group)
{
	if (len < 20 || p[0] >> 4 != 4 || (p[0] & 15) < 5)
		return false;
	return !memcmp(p + 12, own4, 4) || (is_group && is_zero(p + 12, 4));
}

/* Options of neighbour discovery: the addresses in them are ours, as far as they are whole. */
static bool may_options(const uint8_t *p, size_t len)
{
	for (int i = 0; i < 8; i++) {
		if (len < 8 || !p[1])
			return true;
		if ((p[0] == 1 || p[0] == 2) && memcmp(p + 2, mac, 6))
			return false;
		if (len < 8 * (size_t)p[1])
			return true;
		len -= 8 * (size_t)p[1];
		p += 8 * (size_t)p[1];
	}
	return false;
}

static bool may_icmp6(const uint8_t *p, size_t len, bool is_hidden, bool is_from_nobody)
{
	if (!len)
		return false;
	if (p[0] < 133 || p[0] > 137)
		return true;
	if (is_hidden || p[0] == 134 || p[0] == 137)
		return false;
	if (p[0] == 133)
		return len < 8 || may_options(p + 8, len - 8);
	if (len < 24)
		return false;
	if ((p[0] == 136 || is_from_nobody) && memcmp(p + 8, own6, 16))
		return false;
	return may_options(p + 24, len - 24);
}

static bool is_extension(uint8_t next)
{
	return next == 0 || next == 43 || next == 44 || next == 51 || next == 60;
}

static bool may_ip6(const uint8_t *ip, size_t len, bool is_group)
{
	const uint8_t *p = ip + 40;
	bool is_hidden = false, is_from_nobody;
	uint8_t next;

	if (len < 40 || ip[0] >> 4 != 6)
		return false;
	is_from_nobody = is_group && is_zero(ip + 8, 16);
	if (memcmp(ip + 8, own6, 16) && !is_from_nobody)
		return false;
	len -= 40;
	next = ip[6];
	for (int i = 0; is_extension(next); i++) {
		size_t size;

		if (i == 8 || len < 8)
			return false;
		if (next == 44 && ((p[2] << 8 | p[3]) & 0xfff8))
			return true;
		size = next == 44 ? 8 : next == 51 ? 4 * (p[1] + 2U) : 8 * (p[1] + 1U);
		next = p[0];
		is_hidden = true;
		if (size > len)
			return !is_extension(next) && next != 58;
		p += size;
		len -= size;
	}
	return next != 58 || may_icmp6(p, len, is_hidden, is_from_nobody);
}

static bool may_pass(const struct frame *f)
{
	const uint8_t *b = f->bytes, *payload = b + 14;
	static const uint8_t for_switch[5] = { 1, 0x80, 0xc2, 0, 0 };
	bool is_group = b[0] & 1;
	size_t len = f->len - 14;

	if (f->len < 34 || memcmp(b + 6, mac, 6) ||
	    (!memcmp(b, for_switch, 5) && b[5] < 16))
		return false;
	switch (b[12] << 8 | b[13]) {
	case 0x0800:
		return may_ip4(payload, len, is_group);
	case 0x86dd:
		return may_ip6(payload, len, is_group);
	case 0x0806:
		return may_arp(payload, len);
	}
	return false;
}

/* ---- frames -------------------------------------------------------------------------------- */

static struct frame seeds[SEEDS_MAX];
static size_t n_seeds;
static uint64_t state;

/* xorshift64*: the same frames for the same seed, everywhere. */
static uint32_t dice(uint32_t sides)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1dULL) >> 33) % sides;
}

static bool read_frame(const char *line, struct frame *f)
{
	f->len = 0;
	while (*line && *line != '#' && f->len < FRAME_MAX) {
		unsigned int byte;

		if (isspace((unsigned char)*line)) {
			line++;
			continue;
		}
		if (sscanf(line, "%2x", &byte) != 1)
			return false;
		f->bytes[f->len++] = (uint8_t)byte;
		line += 2;
	}
	return f->len >= 14;
}

/* Bytes that decide something are likelier than others. */
static void change(struct frame *f)
{
	static const uint8_t telling[] = { 0, 1, 4, 6, 8, 0x45, 0x60, 43, 44, 51, 58, 59, 60, 133,
					   134, 135, 136, 137, 255 };

	switch (dice(5)) {
	case 0:
		f->bytes[dice((uint32_t)f->len)] = (uint8_t)dice(256);
		break;
	case 1:
		f->bytes[dice((uint32_t)f->len)] = telling[dice(sizeof(telling))];
		break;
	case 2:
		f->bytes[dice((uint32_t)f->len)] ^= (uint8_t)(1 << dice(8));
		break;
	case 3:
		f->len = 14 + dice((uint32_t)f->len - 13);
		break;
	case 4: {
		const struct frame *other = &seeds[dice((uint32_t)n_seeds)];
		size_t at = 14 + 2 * dice(40), from = 14 + 2 * dice(40);

		for (; at < f->len && from < other->len; at++, from++)
			f->bytes[at] = other->bytes[from];
		break;
	}
	}
}

/* ---- running ------------------------------------------------------------------------------- */

static int run(int program, const struct frame *f)
{
	uint8_t out[FRAME_MAX + 64];
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = f->bytes, .data_size_in = (uint32_t)f->len,
		    .data_out = out, .data_size_out = sizeof(out));

	return bpf_prog_test_run_opts(program, &o) < 0 ? NOT_RUN : (int)o.retval;
}

static int complain(const char *what, int verdict, const struct frame *f)
{
	printf("%s (verdict %d): ", what, verdict);
	for (size_t i = 0; i < f->len; i++)
		printf("%02x", f->bytes[i]);
	putchar('\n');
	return 1;
}

static int try(const struct ipvlan_bpf *skel, const struct frame *f)
{
	int verdict = run(bpf_program__fd(skel->progs.ipvlan_pod_out), f), bad = 0;
	const struct bpf_program *masters[] = { skel->progs.ipvlan_wire_in,
						skel->progs.ipvlan_host_out };

	if (verdict == NOT_RUN && f->len < 54)
		return 0;
	if (verdict != TC_DROP && verdict != TC_REDIRECT)
		bad += complain("no verdict", verdict, f);
	else if ((verdict == TC_REDIRECT) != may_pass(f))
		bad += complain(verdict == TC_REDIRECT ? "passed" : "was dropped", verdict, f);
	for (size_t i = 0; i < 2; i++) {
		verdict = run(bpf_program__fd(masters[i]), f);
		if (verdict != TC_DROP && verdict != TC_REDIRECT && verdict != -1)
			bad += complain("the master's program: no verdict", verdict, f);
	}
	return bad;
}

/* A set with one pod. It has slot 0, for a test run carries no classid. */
static struct ipvlan_bpf *load(void)
{
	struct ipvlan_bpf *skel = ipvlan_bpf__open();
	struct ipvlan_bpf_port port = { .ifindex = NO_DEVICE, .flags = IPVLAN_BPF_ANTISPOOF };
	struct ipvlan_bpf_owner owner = { .ifindex = NO_DEVICE };
	uint32_t slot = 0;

	if (!skel)
		return NULL;
	skel->data_master->master.ifindex = NO_DEVICE;
	memcpy(skel->data_master->master.mac, mac, 6);
	memcpy(&port.ip4, own4, 4);
	memcpy(port.ip6, own6, 16);
	if (ipvlan_bpf__load(skel) < 0 ||
	    bpf_map_update_elem(bpf_map__fd(skel->maps.ports), &slot, &port, BPF_ANY) < 0 ||
	    bpf_map_update_elem(bpf_map__fd(skel->maps.ip4), own4, &owner, BPF_ANY) < 0 ||
	    bpf_map_update_elem(bpf_map__fd(skel->maps.ip6), own6, &owner, BPF_ANY) < 0)
		return NULL;
	return skel;
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0, bad = 0, passed = 0;
	struct ipvlan_bpf *skel = load();
	char line[2 * FRAME_MAX + 2];
	struct frame f;

	if (!skel || !count) {
		fprintf(stderr, skel ? "usage: frames SEED COUNT < CORPUS\n" : "frames: no load\n");
		return 2;
	}
	state = strtoul(argv[1], NULL, 10) * 2 + 1;
	while (n_seeds < SEEDS_MAX && fgets(line, sizeof(line), stdin))
		if (read_frame(line, &seeds[n_seeds]))
			n_seeds++;
	for (size_t i = 0; i < n_seeds; i++)
		bad += (unsigned long)try(skel, &seeds[i]);
	for (unsigned long i = 0; i < count && bad < 20 && n_seeds; i++) {
		f = seeds[dice((uint32_t)n_seeds)];
		for (uint32_t n = 1 + dice(3); n; n--)
			change(&f);
		bad += (unsigned long)try(skel, &f);
		passed += may_pass(&f);
	}
	printf("%zu frames of the corpus, %lu made of them (%lu may pass), %lu wrong\n", n_seeds,
	       count, passed, bad);
	ipvlan_bpf__destroy(skel);
	return bad || n_seeds < 10 || passed < count / 100;
}
