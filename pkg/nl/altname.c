// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/altname.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include "pkg/base/mem.h"
#include "pkg/nl/attr.h"
#include "pkg/nl/link.h"

static void put_name(struct nlmsghdr *nlh, int ifindex, const char *name)
{
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct nlattr *list = mnl_attr_nest_start(nlh, IFLA_PROP_LIST);

	ifi->ifi_index = ifindex;
	mnl_attr_put_strz(nlh, IFLA_ALT_IFNAME, name);
	mnl_attr_nest_end(nlh, list);
}

void altname_put_new(struct nl_batch *b, int ifindex, const char *name)
{
	put_name(nl_batch_put(b, RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND,
			      CNI_ERR_KERNEL, 0, "link #%d: add the name %.40s", ifindex, name),
		 ifindex, name);
}

int altname_delete(struct nl *nl, int ifindex, const char *name, struct err *err)
{
	struct err failed = { 0 };
	struct nl_batch b;
	int rc;

	nl_batch_begin(&b, nl, NULL, NULL, &failed);
	put_name(nl_batch_put(&b, RTM_DELLINKPROP, 0, CNI_ERR_KERNEL, ENOENT,
			      "link #%d: delete the name %.40s", ifindex, name),
		 ifindex, name);
	rc = nl_batch_commit(&b);
	/* Of a link that is gone the kernel says ENODEV, or, before 6.8, EINVAL of the name. */
	if (rc == -ENODEV)
		return 0;
	if (rc < 0 && err && !err_is_set(err))
		*err = failed;
	return rc;
}

struct list {
	char **v;
	size_t n;
};

static int read_names(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr, *name;
	struct list *l = ctx;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_PROP_LIST)
			continue;
		mnl_attr_for_each_nested(name, attr) {
			char text[LINK_ALTNAME_MAX];

			attr_str(name, text, sizeof(text));
			l->v = mem_resize(l->v, l->n + 2, sizeof(*l->v));
			l->v[l->n++] = mem_str(text);
			l->v[l->n] = NULL;
		}
	}
	return 0;
}

int altname_list(struct nl *nl, int ifindex, char ***out, struct err *err)
{
	struct list l = { .v = mem_new(1, sizeof(*l.v)) };
	struct err failed = { 0 };
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	struct nl_batch b;
	int rc;

	nl_batch_begin(&b, nl, read_names, &l, &failed);
	nlh = nl_batch_put(&b, RTM_GETLINK, 0, CNI_ERR_KERNEL, 0, "link #%d: look up", ifindex);
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	rc = nl_batch_commit(&b);
	if (rc < 0) {
		if (rc != -ENODEV && err && !err_is_set(err))
			*err = failed;
		mem_strs_free(l.v);
		return rc;
	}
	*out = l.v;
	return 0;
}
