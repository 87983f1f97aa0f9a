// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/tc.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include "pkg/nl/attr.h"

static uint32_t parent_of(enum tc_hook hook)
{
	return TC_H_MAKE(TC_H_CLSACT, hook == TC_INGRESS ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
}

static struct tcmsg *put_tcmsg(struct nlmsghdr *nlh, int ifindex)
{
	struct tcmsg *t = mnl_nlmsg_put_extra_header(nlh, sizeof(*t));

	t->tcm_family = AF_UNSPEC;
	t->tcm_ifindex = ifindex;
	return t;
}

static void put_qdisc(struct nlmsghdr *nlh, int ifindex)
{
	struct tcmsg *t = put_tcmsg(nlh, ifindex);

	t->tcm_parent = TC_H_CLSACT;
	t->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(nlh, TCA_KIND, "clsact");
}

void tc_put_clsact(struct nl_batch *b, int ifindex, bool is_new)
{
	put_qdisc(nl_batch_put(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, CNI_ERR_KERNEL,
			       is_new ? 0 : EEXIST, "link #%d: add clsact", ifindex),
		  ifindex);
}

static void put_filter(struct nlmsghdr *nlh, const struct tc_filter *at)
{
	struct tcmsg *t = put_tcmsg(nlh, at->ifindex);

	t->tcm_parent = parent_of(at->hook);
	t->tcm_handle = at->handle;
	t->tcm_info = TC_H_MAKE((uint32_t)at->pref << 16, __builtin_bswap16(ETH_P_ALL));
	mnl_attr_put_strz(nlh, TCA_KIND, "bpf");
}

void tc_put_program(struct nl_batch *b, const struct tc_filter *at, int prog_fd, const char *name,
		    uint32_t classid)
{
	struct nlmsghdr *nlh = nl_batch_put(b, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE,
					    CNI_ERR_KERNEL, 0, "link #%d: attach program %s",
					    at->ifindex, name);
	struct nlattr *options;

	put_filter(nlh, at);
	options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put_u32(nlh, TCA_BPF_FD, (uint32_t)prog_fd);
	mnl_attr_put_strz(nlh, TCA_BPF_NAME, name);
	mnl_attr_put_u32(nlh, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	if (classid)
		mnl_attr_put_u32(nlh, TCA_BPF_CLASSID, classid);
	mnl_attr_nest_end(nlh, options);
}

static int read_program(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr, *option;

	if (!msg_head(nlh, RTM_NEWTFILTER, sizeof(struct tcmsg)))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct tcmsg)) {
		if (mnl_attr_get_type(attr) != TCA_OPTIONS)
			continue;
		mnl_attr_for_each_nested(option, attr) {
			if (mnl_attr_get_type(option) == TCA_BPF_ID)
				*(uint32_t *)ctx = attr_u32(option);
		}
	}
	return 0;
}

int tc_find_program(struct nl *nl, const struct tc_filter *at, uint32_t *prog_id, struct err *err)
{
	struct err failed = { 0 };
	struct nl_batch b;
	int rc;

	*prog_id = 0;
	nl_batch_begin(&b, nl, read_program, prog_id, &failed);
	put_filter(nl_batch_put(&b, RTM_GETTFILTER, 0, CNI_ERR_KERNEL, 0,
				"link #%d: look at filters", at->ifindex),
		   at);
	rc = nl_batch_commit(&b);
	/* No qdisc, no filter there, or one of another kind, which is somebody else's. */
	if (rc == -EINVAL || rc == -ENOENT || (rc == 0 && !*prog_id))
		return -ENOENT;
	if (rc < 0 && err && !err_is_set(err))
		*err = failed;
	return rc;
}

/* What is gone: ENOENT; with the whole qdisc: EINVAL. */
int tc_remove_program(struct nl *nl, const struct tc_filter *at, struct err *err)
{
	struct nl_batch b;
	uint32_t id;
	int rc = tc_find_program(nl, at, &id, err);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	nl_batch_begin(&b, nl, NULL, NULL, err);
	put_filter(nl_batch_put(&b, RTM_DELTFILTER, 0, CNI_ERR_KERNEL, ENOENT,
				"link #%d: take a program away", at->ifindex),
		   at);
	return nl_batch_commit(&b);
}

static int count_filter(const struct nlmsghdr *nlh, void *ctx)
{
	if (!nlh)
		*(int *)ctx = 0;
	else if (nlh->nlmsg_type == RTM_NEWTFILTER)
		*(int *)ctx += 1;
	return 0;
}

static int count_filters(struct nl *nl, int ifindex, enum tc_hook hook, int *count, struct err *err)
{
	_Alignas(NLMSG_ALIGNTO) char buf[NL_REQUEST_MAX];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETTFILTER;
	put_tcmsg(nlh, ifindex)->tcm_parent = parent_of(hook);
	return nl_dump(nl, nlh, count_filter, count, err);
}

bool tc_has_filters(struct nl *nl, int ifindex)
{
	int ingress = 0, egress = 0;

	return count_filters(nl, ifindex, TC_INGRESS, &ingress, NULL) == 0 &&
	       count_filters(nl, ifindex, TC_EGRESS, &egress, NULL) == 0 && ingress + egress > 0;
}

int tc_remove_clsact(struct nl *nl, int ifindex, struct err *err)
{
	int ingress = 0, egress = 0, rc;
	struct err why = { 0 };
	struct nl_batch b;

	rc = count_filters(nl, ifindex, TC_INGRESS, &ingress, err);
	if (rc == 0)
		rc = count_filters(nl, ifindex, TC_EGRESS, &egress, err);
	if (rc < 0 || ingress || egress)
		return rc;
	nl_batch_begin(&b, nl, NULL, NULL, &why);
	put_qdisc(nl_batch_put(&b, RTM_DELQDISC, 0, CNI_ERR_KERNEL, EINVAL,
			       "link #%d: remove clsact", ifindex),
		  ifindex);
	rc = nl_batch_commit(&b);
	return rc < 0 && rc != -ENOENT ? err_recode(err, why.code, rc, &why) : 0;
}
