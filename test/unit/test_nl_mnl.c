// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/mnl.h"
#include "test/unit/test.h"

static _Alignas(NLMSG_ALIGNTO) char buf[256];

/* 16 bytes of header, 4 of the type's own, "ab" in 8, a nest of 4 + 8 with a byte in it. */
static struct nlmsghdr *message(void)
{
	struct nlmsghdr *nlh;
	struct nlattr *nest;

	memset(buf, 0xff, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	mnl_nlmsg_put_extra_header(nlh, 1);
	mnl_attr_put_strz(nlh, 3, "ab");
	nest = mnl_attr_nest_start(nlh, 18);
	mnl_attr_put_u8(nlh, 1, 7);
	mnl_attr_nest_end(nlh, nest);
	return nlh;
}

static int count(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	int n = 0;

	mnl_attr_for_each(attr, nlh, 1)
		n++;
	return n;
}

static void is_laid_out(void)
{
	static const unsigned char behind[] = {
		0, 0, 0, 0,			 /* the type's own, filled up */
		7, 0, 3, 0, 'a', 'b', 0, 0,	 /* its length counts the NUL, not what fills up */
		12, 0, 18, 0x80, 5, 0, 1, 0, 7, 0, 0, 0, /* NLA_F_NESTED */
	};
	struct nlmsghdr *nlh = message();

	is_int(nlh->nlmsg_len, NLMSG_HDRLEN + sizeof(behind), "the message is as long as it says");
	is_true(memcmp(buf + NLMSG_HDRLEN, behind, sizeof(behind)) == 0,
		"and laid out as the kernel reads it, what fills up is 0");
}

static void is_walked(void)
{
	struct nlmsghdr *nlh = message();
	struct nlattr *nest = (struct nlattr *)(buf + NLMSG_HDRLEN + 12), *attr;
	int sum = 0;

	is_int(count(nlh), 2, "its attributes are counted");
	is_int(mnl_attr_get_type(nest), 18, "the flag is no part of the type");
	mnl_attr_for_each_nested(attr, nest)
		sum += mnl_attr_get_u8(attr);
	is_int(sum, 7, "what is nested is read");
}

static void lies_end_the_walk(void)
{
	struct nlmsghdr *nlh = message();
	struct nlattr *first = (struct nlattr *)(buf + NLMSG_HDRLEN + 4), *attr;
	int inside = 0;

	nlh->nlmsg_len -= 1;
	is_int(count(nlh), 1, "an attribute that the message cuts is not read");
	nlh = message();
	first->nla_len = NLA_HDRLEN - 1;
	is_int(count(nlh), 0, "one shorter than its header ends the walk");
	first->nla_len = 0xffff;
	is_int(count(nlh), 0, "and one longer than the message");
	nlh = message();
	((struct nlattr *)(buf + NLMSG_HDRLEN + 16))->nla_len = 12;
	mnl_attr_for_each_nested(attr, (struct nlattr *)(buf + NLMSG_HDRLEN + 12))
		inside++;
	is_int(inside, 0, "one longer than its nest is not read");
}

static void messages_follow(void)
{
	struct nlmsghdr *nlh = message();
	int len = (int)nlh->nlmsg_len + NLMSG_HDRLEN;

	is_true(mnl_nlmsg_ok(nlh, len), "a whole message is there");
	is_true(!mnl_nlmsg_ok(nlh, (int)nlh->nlmsg_len - 1), "a cut one is not");
	nlh = mnl_nlmsg_next(nlh, &len);
	is_int(len, NLMSG_HDRLEN, "what is behind it is left");
	nlh->nlmsg_len = 0x80000010;
	is_true(!mnl_nlmsg_ok(nlh, len), "a length of 2^31 and more is none");
	nlh->nlmsg_len = NLMSG_HDRLEN - 1;
	is_true(!mnl_nlmsg_ok(nlh, len), "nor is one shorter than the header");
}

int main(void)
{
	is_laid_out();
	is_walked();
	lies_end_the_walk();
	messages_follow();
	return test_done();
}
