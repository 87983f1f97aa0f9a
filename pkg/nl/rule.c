// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/rule.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include "pkg/nl/attr.h"

struct tables {
	uint32_t *v;
	size_t n, before; /* those of the families that were asked before */
};

static int collect(const struct nlmsghdr *nlh, void *ctx)
{
	struct tables *t = ctx;
	const struct nlattr *attr;
	uint32_t table, *v;

	if (!nlh) {
		t->n = t->before;
		return 0;
	}
	if (!msg_head(nlh, RTM_NEWRULE, sizeof(struct fib_rule_hdr)))
		return 0;
	table = ((const struct fib_rule_hdr *)mnl_nlmsg_get_payload(nlh))->table;
	mnl_attr_for_each(attr, nlh, sizeof(struct fib_rule_hdr)) {
		if (mnl_attr_get_type(attr) == FRA_TABLE)
			table = attr_u32(attr);
		else if (mnl_attr_get_type(attr) == FRA_L3MDEV)
			table = RULE_TABLE_OF_VRF;
	}
	v = reallocarray(t->v, t->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	t->v = v;
	t->v[t->n++] = table;
	return 0;
}

int rule_tables(struct nl *nl, uint32_t **out, size_t *count, struct err *err)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	_Alignas(NLMSG_ALIGNTO) char buf[NL_REQUEST_MAX];
	struct tables t = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(families); i++) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
		struct fib_rule_hdr *rule;

		nlh->nlmsg_type = RTM_GETRULE;
		rule = mnl_nlmsg_put_extra_header(nlh, sizeof(*rule));
		rule->family = families[i];
		t.before = t.n;
		rc = nl_dump(nl, nlh, collect, &t, err);
	}
	if (rc < 0) {
		free(t.v);
		return rc;
	}
	*out = t.v;
	*count = t.n;
	return 0;
}
