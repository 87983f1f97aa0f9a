// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/base/ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

int ip_parse(const char *text, struct ip *out)
{
	struct ip ip = { 0 };
	uint8_t v6[16];

	if (inet_pton(AF_INET, text, ip.bytes) == 1) {
		ip.family = AF_INET;
	} else if (inet_pton(AF_INET6, text, v6) != 1) {
		return -EINVAL;
	} else if (memcmp(v6, mapped, sizeof(mapped)) == 0) {
		ip.family = AF_INET;
		memcpy(ip.bytes, v6 + 12, 4);
	} else {
		ip.family = AF_INET6;
		memcpy(ip.bytes, v6, 16);
	}
	*out = ip;
	return 0;
}

/* One to three digits and nothing else, no leading zero; -1 if it is not that. */
static int parse_len(const char *text)
{
	int len = 0, digits = 0;

	for (; *text >= '0' && *text <= '9' && digits < 3; text++, digits++)
		len = len * 10 + (*text - '0');
	if (*text || !digits || (digits > 1 && text[-digits] == '0'))
		return -1;
	return len;
}

int prefix_parse(const char *text, struct prefix *out)
{
	const char *slash = strchr(text, '/');
	char addr[IP_STR_MAX];
	struct prefix p;
	int len;

	if (!slash || (size_t)(slash - text) >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	len = parse_len(slash + 1);
	if (ip_parse(addr, &p.ip) < 0 || len < 0)
		return -EINVAL;
	if (p.ip.family == AF_INET && strchr(addr, ':')) /* mapped: the length counts from ::/0 */
		len -= 96;
	if (len < 0 || (unsigned int)len > ip_bits(&p.ip))
		return -EINVAL;
	p.len = (uint8_t)len;
	*out = p;
	return 0;
}

char *ip_format(const struct ip *ip, char buf[static IP_STR_MAX])
{
	if (!ip_is_set(ip) || !inet_ntop(ip->family, ip->bytes, buf, IP_STR_MAX))
		buf[0] = '\0';
	return buf;
}

char *prefix_format(const struct prefix *p, char buf[static PREFIX_STR_MAX])
{
	char addr[IP_STR_MAX];

	snprintf(buf, PREFIX_STR_MAX, "%s/%u", ip_format(&p->ip, addr), p->len);
	return buf;
}

int ip_cmp(const struct ip *a, const struct ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, ip_size(a));
}

bool ip_is_unspecified(const struct ip *ip)
{
	static const uint8_t zero[16];

	return ip_is_set(ip) && memcmp(ip->bytes, zero, ip_size(ip)) == 0;
}

bool ip_next(struct ip *ip)
{
	struct ip next = *ip;

	for (size_t i = ip_size(ip); i-- > 0;)
		if (++next.bytes[i] != 0) {
			*ip = next;
			return true;
		}
	return false;
}

bool ip_prev(struct ip *ip)
{
	struct ip prev = *ip;

	for (size_t i = ip_size(ip); i-- > 0;)
		if (prev.bytes[i]-- != 0) {
			*ip = prev;
			return true;
		}
	return false;
}

/* The address with the bits behind the prefix all zero (host = 0) or all one (host = 0xff). */
static struct ip with_host_bits(const struct prefix *p, uint8_t host)
{
	struct ip ip = p->ip;

	for (size_t i = 0; i < ip_size(&ip); i++) {
		unsigned int before = (unsigned int)i * 8; /* bits in front of this byte */
		uint8_t mask;				   /* its bits of the prefix */

		if (p->len >= before + 8)
			mask = 0xff;
		else if (p->len <= before)
			mask = 0;
		else
			mask = (uint8_t)(0xff00 >> (p->len - before));
		ip.bytes[i] = (uint8_t)((ip.bytes[i] & mask) | (host & ~mask));
	}
	return ip;
}

struct ip prefix_first(const struct prefix *p)
{
	return with_host_bits(p, 0);
}

struct ip prefix_last(const struct prefix *p)
{
	return with_host_bits(p, 0xff);
}

bool prefix_contains(const struct prefix *p, const struct ip *ip)
{
	struct prefix other = { .ip = *ip, .len = p->len };
	struct ip a = prefix_first(p), b = prefix_first(&other);

	return ip_cmp(&a, &b) == 0;
}
