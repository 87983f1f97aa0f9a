/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink messages and attributes (include/uapi/linux/netlink.h), written and walked: what is used
 * here of libmnl's interface, under its names. Own, so that one file without libraries can be made
 * of the plugin: distributions have no static libmnl.
 *
 * Who puts sees to the room. What is walked ends with the message, or with
 * the attribute that nests it, whatever lengths are said inside.
 */
#ifndef NL_MNL_H
#define NL_MNL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/netlink.h>

#define MNL_ALIGN(len) (((len) + NLMSG_ALIGNTO - 1) & ~((size_t)NLMSG_ALIGNTO - 1))

/* Messages: a header, of the type's own another one, attributes. */
struct nlmsghdr *mnl_nlmsg_put_header(void *buf);
void *mnl_nlmsg_put_extra_header(struct nlmsghdr *nlh, size_t size);
bool mnl_nlmsg_ok(const struct nlmsghdr *nlh, int len);
struct nlmsghdr *mnl_nlmsg_next(const struct nlmsghdr *nlh, int *len);

static inline void *mnl_nlmsg_get_payload(const struct nlmsghdr *nlh)
{
	return (char *)nlh + NLMSG_HDRLEN;
}

static inline size_t mnl_nlmsg_get_payload_len(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_len - NLMSG_HDRLEN;
}

/* Attributes, put behind what the message has. */
void mnl_attr_put(struct nlmsghdr *nlh, uint16_t type, size_t len, const void *data);
void mnl_attr_put_u8(struct nlmsghdr *nlh, uint16_t type, uint8_t value);
void mnl_attr_put_u16(struct nlmsghdr *nlh, uint16_t type, uint16_t value);
void mnl_attr_put_u32(struct nlmsghdr *nlh, uint16_t type, uint32_t value);
void mnl_attr_put_strz(struct nlmsghdr *nlh, uint16_t type, const char *text);
struct nlattr *mnl_attr_nest_start(struct nlmsghdr *nlh, uint16_t type);
void mnl_attr_nest_end(struct nlmsghdr *nlh, struct nlattr *nest);

/* Attributes, read; the length is the caller's to look at first. Values may be unaligned. */
static inline uint16_t mnl_attr_get_type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

static inline void *mnl_attr_get_payload(const struct nlattr *attr)
{
	return (char *)attr + NLA_HDRLEN;
}

static inline uint16_t mnl_attr_get_payload_len(const struct nlattr *attr)
{
	return (uint16_t)(attr->nla_len - NLA_HDRLEN);
}

uint8_t mnl_attr_get_u8(const struct nlattr *attr);
uint16_t mnl_attr_get_u16(const struct nlattr *attr);
uint32_t mnl_attr_get_u32(const struct nlattr *attr);

/* True if a whole attribute is in front of end. */
static inline bool mnl_attr_ok(const struct nlattr *attr, const void *end)
{
	ptrdiff_t left = (const char *)end - (const char *)attr;

	return left >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN && attr->nla_len <= left;
}

static inline struct nlattr *mnl_attr_next(const struct nlattr *attr)
{
	return (struct nlattr *)((char *)attr + MNL_ALIGN(attr->nla_len));
}

/* Those of a message whose own header has this size, those in an attribute. */
#define mnl_attr_for_each(attr, nlh, size)                                                     \
	for ((attr) = (struct nlattr *)((char *)mnl_nlmsg_get_payload(nlh) + MNL_ALIGN(size)); \
	     mnl_attr_ok(attr, (char *)(nlh) + (nlh)->nlmsg_len); (attr) = mnl_attr_next(attr))

#define mnl_attr_for_each_nested(attr, nest)      \
	for ((attr) = mnl_attr_get_payload(nest); \
	     mnl_attr_ok(attr, (char *)(nest) + (nest)->nla_len); (attr) = mnl_attr_next(attr))

#endif
