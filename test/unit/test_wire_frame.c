// SPDX-License-Identifier: GPL-2.0-or-later
/* The bytes of probes and announcements, and what is taken for an answer. */
#include "pkg/wire/frame.h"

#include "test/unit/test.h"

static const uint8_t mac[FRAME_MAC_LEN] = { 0x02, 0, 0, 0, 0, 0x99 };

static struct ip ip_of(const char *text)
{
	struct ip ip = { 0 };

	if (ip_parse(text, &ip) < 0)
		abort();
	return ip;
}

static const char *hex(const uint8_t *bytes, size_t len)
{
	static char text[2 * FRAME_MAX + 1];

	for (size_t i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	return text;
}

static const char *probe_of(const char *address)
{
	uint8_t buf[FRAME_MAX];
	struct ip ip = ip_of(address);

	return hex(buf, frame_put_probe(buf, &ip, mac));
}

static const char *announcement_of(const char *address)
{
	uint8_t buf[FRAME_MAX];
	struct ip ip = ip_of(address);

	return hex(buf, frame_put_announcement(buf, &ip, mac));
}

/* Frames as a capture of the kernel's own shows them. */
static void they_are_what_the_rfcs_say(void)
{
	is_str(probe_of("10.77.0.10"),
	       "ffffffffffff020000000099"
	       "0806"
	       "0001080006040001"
	       "020000000099"
	       "00000000"
	       "000000000000"
	       "0a4d000a",
	       "an ARP probe names no sender's address");
	is_str(announcement_of("10.77.0.10"),
	       "ffffffffffff020000000099"
	       "0806"
	       "0001080006040001"
	       "020000000099"
	       "0a4d000a"
	       "000000000000"
	       "0a4d000a",
	       "an ARP announcement names it twice");
	is_str(probe_of("fd77::1:2345"),
	       "3333ff012345020000000099"
	       "86dd"
	       "6000000000183aff"
	       "00000000000000000000000000000000"
	       "ff0200000000000000000001ff012345"
	       "870036a4"
	       "00000000"
	       "fd770000000000000000000000012345",
	       "a solicitation from nobody to the solicited node");
	is_str(announcement_of("fd77::1:2345"),
	       "333300000001020000000099"
	       "86dd"
	       "6000000000203aff"
	       "fd770000000000000000000000012345"
	       "ff020000000000000000000000000001"
	       "8800128b"
	       "20000000"
	       "fd770000000000000000000000012345"
	       "0201020000000099",
	       "an advertisement to all nodes that overrides");
}

/* Whose claim to what: "address mac", or "none". */
static const char *claim(const uint8_t *frame, size_t len)
{
	static char text[IP_STR_MAX + 16];
	char address[IP_STR_MAX];
	uint8_t by[FRAME_MAC_LEN];
	struct ip ip;

	if (!frame_read_claim(frame, len, &ip, by))
		return "none";
	snprintf(text, sizeof(text), "%s %s", ip_format(&ip, address), hex(by, sizeof(by)));
	return text;
}

static void what_claims_an_address_is_heard(void)
{
	uint8_t buf[FRAME_MAX];
	struct ip v4 = ip_of("10.77.0.10"), v6 = ip_of("fd77::10");
	size_t len = frame_put_announcement(buf, &v4, mac);

	is_str(claim(buf, len), "10.77.0.10 020000000099", "an announcement, IPv4");
	buf[21] = 2;
	is_str(claim(buf, len), "10.77.0.10 020000000099", "a reply");
	memset(buf + 28, 0, 4);
	is_str(claim(buf, len), "none", "but not one from nobody");
	is_str(claim(buf, frame_put_probe(buf, &v4, mac)), "10.77.0.10 020000000099",
	       "a probe, IPv4");
	is_str(claim(buf, frame_put_probe(buf, &v6, mac)), "fd77::10 020000000099",
	       "a probe, IPv6");
	is_str(claim(buf, frame_put_announcement(buf, &v6, mac)), "fd77::10 020000000099",
	       "an announcement, IPv6");
}

/* Each byte that matters, changed, makes it nobody's claim to this address. */
static void what_is_damaged_is_not(void)
{
	static const size_t v4[] = { 12, 14, 16, 18, 19 };
	static const size_t v6[] = { 12, 14, 18, 19, 20, 21, 30, 50, 54, 55, 56, 60, 70 };
	uint8_t buf[FRAME_MAX];
	struct ip ip = ip_of("10.77.0.10");
	size_t len = frame_put_announcement(buf, &ip, mac);

	for (size_t i = 0; i < sizeof(v4) / sizeof(*v4); i++) {
		buf[v4[i]] ^= 0x10;
		is_str(claim(buf, len), "none", "ARP with another byte %zu", v4[i]);
		buf[v4[i]] ^= 0x10;
	}
	is_str(claim(buf, len - 1), "none", "ARP cut short");
	ip = ip_of("fd77::10");
	len = frame_put_announcement(buf, &ip, mac);
	for (size_t i = 0; i < sizeof(v6) / sizeof(*v6); i++) {
		buf[v6[i]] ^= 0x10;
		is_str(claim(buf, len), "none", "an advertisement with another byte %zu", v6[i]);
		buf[v6[i]] ^= 0x10;
	}
	for (size_t cut = 0; cut < len; cut++)
		if (strcmp(claim(buf, cut), "none") != 0)
			is_int((int)cut, (int)len, "an advertisement cut short is none");
	is_str(claim(buf, len), "fd77::10 020000000099", "and whole it is one again");
}

int main(void)
{
	they_are_what_the_rfcs_say();
	what_claims_an_address_is_heard();
	what_is_damaged_is_not();
	return test_done();
}
