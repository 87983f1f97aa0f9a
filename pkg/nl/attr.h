/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that the kernel sent and their attributes, read without trusting their length. */
#ifndef NL_ATTR_H
#define NL_ATTR_H

#include <stdbool.h>
#include <string.h>
#include "pkg/base/ip.h"
#include "pkg/nl/mnl.h"

/* What a message of this type has in front of its attributes; NULL: another type, or cut short. */
static inline const void *msg_head(const struct nlmsghdr *nlh, uint16_t type, size_t size)
{
	if (nlh->nlmsg_type != type || mnl_nlmsg_get_payload_len(nlh) < size)
		return NULL;
	return mnl_nlmsg_get_payload(nlh);
}

/* 0 if it is too short to be one. */
static inline uint32_t attr_u32(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) < sizeof(uint32_t) ? 0 : mnl_attr_get_u32(attr);
}

static inline uint16_t attr_u16(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) < sizeof(uint16_t) ? 0 : mnl_attr_get_u16(attr);
}

static inline uint8_t attr_u8(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) < sizeof(uint8_t) ? 0 : mnl_attr_get_u8(attr);
}

/* Cut to what fits, always terminated. */
static inline void attr_str(const struct nlattr *attr, char *out, size_t size)
{
	size_t len = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

	if (len >= size)
		len = size - 1;
	memcpy(out, mnl_attr_get_payload(attr), len);
	out[len] = '\0';
}

/* *out untouched if it is not an address of that family. */
static inline void attr_ip(const struct nlattr *attr, uint8_t family, struct ip *out)
{
	struct ip ip = { .family = family };

	if (!ip_is_set(&ip) || mnl_attr_get_payload_len(attr) != ip_size(&ip))
		return;
	memcpy(ip.bytes, mnl_attr_get_payload(attr), ip_size(&ip));
	*out = ip;
}

#endif
