// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/random.h>
#include "datapath/include/ipvlan.h"
#include "pkg/nl/attr.h"

#define IFINDEX_RANDOM_MIN (1 << 20)

/* ---- reading ------------------------------------------------------------------------------- */

static void read_ipvlan(const struct nlattr *data, struct link *l)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data) {
		if (mnl_attr_get_type(attr) == IFLA_IPVLAN_MODE)
			l->ipvlan_mode = attr_u16(attr);
		else if (mnl_attr_get_type(attr) == IFLA_IPVLAN_FLAGS)
			l->ipvlan_flags = attr_u16(attr);
		else if (mnl_attr_get_type(attr) == IFLA_IPVLAN_LOCK) {
			l->can_lock = true;
			l->is_locked = attr_u8(attr);
		}
	}
}

static void read_vlan(const struct nlattr *data, struct link *l)
{
	const struct nlattr *attr;
	uint16_t protocol = 0, id = 0;

	mnl_attr_for_each_nested(attr, data) {
		if (mnl_attr_get_type(attr) == IFLA_VLAN_ID)
			id = attr_u16(attr);
		else if (mnl_attr_get_type(attr) == IFLA_VLAN_PROTOCOL)
			protocol = ntohs(attr_u16(attr));
	}
	l->vlan_id = protocol == ETH_P_8021Q ? id : 0;
}

static void read_linkinfo(const struct nlattr *info, struct link *l)
{
	const struct nlattr *attr, *data = NULL;

	mnl_attr_for_each_nested(attr, info) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_INFO_KIND:
			attr_str(attr, l->kind, sizeof(l->kind));
			break;
		case IFLA_INFO_SLAVE_KIND:
			attr_str(attr, l->upper_kind, sizeof(l->upper_kind));
			break;
		case IFLA_INFO_DATA:
			data = attr;
			break;
		}
	}
	if (data && strcmp(l->kind, "ipvlan") == 0)
		read_ipvlan(data, l);
	else if (data && strcmp(l->kind, "vlan") == 0)
		read_vlan(data, l);
}

static void read_stats(const struct nlattr *attr, struct link *l)
{
	struct rtnl_link_stats64 stats = { 0 };
	size_t len = mnl_attr_get_payload_len(attr);

	/* Kernels append to it; in a message it is aligned for four bytes only. */
	memcpy(&stats, mnl_attr_get_payload(attr), len < sizeof(stats) ? len : sizeof(stats));
	l->rx_bytes = stats.rx_bytes;
	l->tx_bytes = stats.tx_bytes;
	l->rx_packets = stats.rx_packets;
	l->tx_packets = stats.tx_packets;
}

static uint8_t read_mac(const struct nlattr *attr, uint8_t mac[static 32])
{
	size_t len = mnl_attr_get_payload_len(attr);

	if (len > 32)
		len = 32;
	memcpy(mac, mnl_attr_get_payload(attr), len);
	return (uint8_t)len;
}

static int read_link(const struct nlmsghdr *nlh, void *ctx)
{
	const struct ifinfomsg *ifi = msg_head(nlh, RTM_NEWLINK, sizeof(*ifi));
	struct link *l = ctx;
	const struct nlattr *attr;

	if (!ifi)
		return 0;
	*l = (struct link){ .ifindex = ifi->ifi_index,
			    .flags = ifi->ifi_flags,
			    .hw_type = ifi->ifi_type,
			    .lower_nsid = -1 };
	mnl_attr_for_each(attr, nlh, sizeof(*ifi)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			attr_str(attr, l->name, sizeof(l->name));
			break;
		case IFLA_IFALIAS:
			attr_str(attr, l->alias, sizeof(l->alias));
			break;
		case IFLA_MTU:
			l->mtu = attr_u32(attr);
			break;
		case IFLA_GROUP:
			l->group = attr_u32(attr);
			break;
		case IFLA_MASTER:
			l->upper = (int)attr_u32(attr);
			break;
		case IFLA_LINK:
			l->lower = (int)attr_u32(attr);
			break;
		case IFLA_LINK_NETNSID:
			l->lower_nsid = (int)attr_u32(attr);
			break;
		case IFLA_ADDRESS:
			l->mac_len = read_mac(attr, l->mac);
			break;
		case IFLA_PERM_ADDRESS:
			read_mac(attr, l->burnt_in);
			break;
		case IFLA_PARENT_DEV_NAME:
			attr_str(attr, l->device, sizeof(l->device));
			break;
		case IFLA_LINKINFO:
			read_linkinfo(attr, l);
			break;
		case IFLA_STATS64:
			read_stats(attr, l);
			break;
		}
	}
	return 0;
}

char *link_mac_format(const struct link *l, char buf[static 32 * 3])
{
	buf[0] = '\0';
	for (size_t i = 0; i < l->mac_len; i++)
		sprintf(buf + 3 * i, "%02x%s", l->mac[i], i + 1 < l->mac_len ? ":" : "");
	return buf;
}

/* ---- asking -------------------------------------------------------------------------------- */

static struct ifinfomsg *put_ifinfo(struct nlmsghdr *nlh, int ifindex)
{
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	return ifi;
}

static void put_get(struct nl_batch *b, int ifindex, const char *name)
{
	struct nlmsghdr *nlh =
		nl_batch_put(b, RTM_GETLINK, 0, CNI_ERR_KERNEL, 0, "link %s: look up", name);

	put_ifinfo(nlh, ifindex);
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (!ifindex)
		mnl_attr_put_strz(nlh, strlen(name) < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME,
				  name);
}

/* An error that says "not there" is the caller's to word; others go to err. */
static int get_link(struct nl *nl, int ifindex, const char *name, struct link *out, struct err *err)
{
	struct err failed = { 0 };
	struct nl_batch b;
	int rc;

	*out = (struct link){ 0 };
	nl_batch_begin(&b, nl, read_link, out, &failed);
	put_get(&b, ifindex, name);
	rc = nl_batch_commit(&b);
	if (rc == 0 && !out->ifindex)
		rc = -ENODEV; /* acknowledged, and nothing shown */
	if (rc == -EINVAL && !ifindex && strlen(name) >= IFNAMSIZ)
		rc = -ENODEV; /* before Linux 5.5 there are no alternative names */
	if (rc < 0 && rc != -ENODEV && !err_is_set(err) && err)
		*err = failed;
	return rc;
}

int link_by_name(struct nl *nl, const char *name, struct link *out, struct err *err)
{
	if (!name[0] || strlen(name) >= LINK_ALTNAME_MAX)
		return -ENODEV; /* the kernel would say ERANGE: no link can have such a name */
	return get_link(nl, 0, name, out, err);
}

int link_by_index(struct nl *nl, int ifindex, struct link *out, struct err *err)
{
	char name[16];

	if (ifindex <= 0)
		return -ENODEV;
	snprintf(name, sizeof(name), "#%d", ifindex);
	return get_link(nl, ifindex, name, out, err);
}

struct list {
	struct link *v;
	size_t n;
};

static int collect(const struct nlmsghdr *nlh, void *ctx)
{
	struct list *l = ctx;
	struct link *v;

	if (!nlh) {
		l->n = 0;
		return 0;
	}
	if (!msg_head(nlh, RTM_NEWLINK, sizeof(struct ifinfomsg)))
		return 0;
	v = reallocarray(l->v, l->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->v = v;
	return read_link(nlh, &l->v[l->n++]);
}

static int by_age(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

int link_list(struct nl *nl, int32_t nsid, struct link **out, size_t *count, struct err *err)
{
	_Alignas(NLMSG_ALIGNTO) char buf[NL_REQUEST_MAX];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct list l = { 0 };
	int rc;

	nlh->nlmsg_type = RTM_GETLINK;
	put_ifinfo(nlh, 0);
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (nsid >= 0)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, (uint32_t)nsid);
	rc = nl_dump(nl, nlh, collect, &l, err);
	if (rc < 0) {
		free(l.v);
		return rc;
	}
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), by_age);
	*out = l.v;
	*count = l.n;
	return 0;
}

/* ---- changing ------------------------------------------------------------------------------ */

static void put_new_ipvlan(struct nl_batch *b, const struct ipvlan_spec *spec)
{
	struct nlmsghdr *nlh = nl_batch_put(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
					    CNI_ERR_KERNEL, 0, "link %s: create", spec->name);
	struct nlattr *info, *data;

	put_ifinfo(nlh, spec->ifindex);
	mnl_attr_put_u32(nlh, IFLA_LINK, (uint32_t)spec->master);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)spec->netns_fd);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, spec->name);
	if (spec->mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, spec->mtu);
	if (spec->group)
		mnl_attr_put_u32(nlh, IFLA_GROUP, spec->group);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "ipvlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_IPVLAN_MODE, spec->mode);
	mnl_attr_put_u16(nlh, IFLA_IPVLAN_FLAGS, spec->flags);
	if (spec->is_locked)
		mnl_attr_put_u8(nlh, IFLA_IPVLAN_LOCK, 1);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

int link_create_ipvlan(struct nl *nl, const struct ipvlan_spec *spec, struct err *err)
{
	struct nl_batch b;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	put_new_ipvlan(&b, spec);
	return nl_batch_commit(&b);
}

int link_probe(struct nl *nl, const char *kind, struct err *err)
{
	struct err failed = { 0 };
	struct nl_batch b;
	struct nlmsghdr *nlh;
	struct nlattr *info;
	int rc;

	/*
	 * A link on nothing: a driver that is there refuses it for what is missing (EINVAL), a
	 * kernel without one says that it does not know the kind.
	 */
	nl_batch_begin(&b, nl, NULL, NULL, &failed);
	nlh = nl_batch_put(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, CNI_ERR_KERNEL, EINVAL,
			   "%s driver: probe", kind);
	put_ifinfo(nlh, 0);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(nlh, info);
	rc = nl_batch_commit(&b);
	if (rc < 0 && rc != -EOPNOTSUPP && err && !err_is_set(err))
		*err = failed;
	return rc;
}

int link_set_identity(struct nl *nl, int ifindex, const char *alias, struct err *err)
{
	struct nl_batch b;
	struct nlmsghdr *nlh;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	nlh = nl_batch_put(&b, RTM_SETLINK, 0, CNI_ERR_KERNEL, 0, "link #%d: set alias", ifindex);
	put_ifinfo(nlh, ifindex);
	mnl_attr_put_u32(nlh, IFLA_GROUP, 0);
	mnl_attr_put_strz(nlh, IFLA_IFALIAS, alias);
	return nl_batch_commit(&b);
}

int link_random_index(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) < 0)
		n = (uint32_t)getpid();
	return (int)(IFINDEX_RANDOM_MIN + n % IFINDEX_RANDOM_MIN);
}

void link_put_alias(struct nl_batch *b, int ifindex, const char *alias)
{
	struct nlmsghdr *nlh =
		nl_batch_put(b, RTM_SETLINK, 0, CNI_ERR_KERNEL, 0, "link #%d: set alias", ifindex);

	put_ifinfo(nlh, ifindex);
	mnl_attr_put_strz(nlh, IFLA_IFALIAS, alias);
}

void link_put_up(struct nl_batch *b, int ifindex, const char *name)
{
	struct nlmsghdr *nlh =
		nl_batch_put(b, RTM_SETLINK, 0, CNI_ERR_KERNEL, 0, "link %s: set up", name);
	struct ifinfomsg *ifi = put_ifinfo(nlh, ifindex);

	ifi->ifi_flags = IFF_UP;
	ifi->ifi_change = IFF_UP;
}

int link_delete(struct nl *nl, int ifindex, struct err *err)
{
	return link_delete_in(nl, -1, ifindex, err);
}

int link_delete_in(struct nl *nl, int32_t nsid, int ifindex, struct err *err)
{
	struct nl_batch b;
	struct nlmsghdr *nlh;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	nlh = nl_batch_put(&b, RTM_DELLINK, 0, CNI_ERR_KERNEL, ENODEV, "link #%d: delete", ifindex);
	put_ifinfo(nlh, ifindex);
	if (nsid >= 0)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, (uint32_t)nsid);
	return nl_batch_commit(&b);
}
