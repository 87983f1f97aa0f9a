/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address, and an address with a prefix length, as values with their family inside.
 * Zero-initialised is "none".
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>

#define IP_STR_MAX     INET6_ADDRSTRLEN	      /* longest text of an address, with NUL */
#define PREFIX_STR_MAX (INET6_ADDRSTRLEN + 4) /* with "/128" */

struct ip {
	uint8_t family;	   /* AF_INET, AF_INET6, or 0: none */
	uint8_t bytes[16]; /* network byte order; an IPv4 address is in the first four, rest zero */
};

struct prefix {
	struct ip ip; /* the address itself: host bits may be set */
	uint8_t len;  /* 0 … 32 or 128 */
};

/*
 * Text to value. IPv4 in dotted quad without leading zeros, IPv6 as RFC 4291 2.2; an IPv4-mapped
 * IPv6 address becomes the IPv4 address, as the reference plugins have it.
 * Return 0, or -EINVAL and *out untouched.
 */
int ip_parse(const char *text, struct ip *out);
int prefix_parse(const char *text,
		 struct prefix *out); /* "10.0.0.1/24": the length must be there */

/* Value to text (RFC 5952 for IPv6). buf has IP_STR_MAX or PREFIX_STR_MAX bytes. Return buf. */
char *ip_format(const struct ip *ip, char buf[static IP_STR_MAX]);
char *prefix_format(const struct prefix *p, char buf[static PREFIX_STR_MAX]);

static inline bool ip_is_set(const struct ip *ip)
{
	return ip->family != 0;
}

static inline size_t ip_size(const struct ip *ip) /* bytes of its address: 4, 16 or 0 */
{
	return ip->family == AF_INET ? 4 : ip->family == AF_INET6 ? 16 : 0;
}

static inline unsigned int ip_bits(const struct ip *ip)
{
	return (unsigned int)ip_size(ip) * 8;
}

/* Order: family, then number. */
int ip_cmp(const struct ip *a, const struct ip *b);
bool ip_is_unspecified(const struct ip *ip); /* 0.0.0.0 or :: */

/* The next and the previous address; false at the end of the address space, *ip untouched. */
bool ip_next(struct ip *ip);
bool ip_prev(struct ip *ip);

struct ip prefix_first(const struct prefix *p); /* host bits all zero: the network address */
struct ip prefix_last(const struct prefix *p);	/* host bits all one: IPv4's broadcast address */
bool prefix_contains(const struct prefix *p, const struct ip *ip);

#endif
