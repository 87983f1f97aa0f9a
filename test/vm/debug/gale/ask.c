// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* ---- namespaces ---------------------------------------------------------------------------- */

static int sockets_open(struct ns *ns)
{
	const struct timeval patience = { .tv_sec = 120 };

	ns->nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ns->inet = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ns->nl < 0 || ns->inet < 0)
		return -errno;
	setsockopt(ns->nl, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return 0;
}

int ask_ns_open(struct ns *ns)
{
	ns->fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return ns->fd < 0 ? -errno : sockets_open(ns);
}

int ask_ns_new(struct ns *ns)
{
	return unshare(CLONE_NEWNET) ? -errno : ask_ns_open(ns);
}

int ask_ns_reopen(struct ns *ns)
{
	close(ns->nl);
	close(ns->inet);
	return setns(ns->fd, CLONE_NEWNET) ? -errno : sockets_open(ns);
}

void ask_ns_close(struct ns *ns)
{
	close(ns->nl);
	close(ns->inet);
	close(ns->fd);
}

/* ---- one request, one answer --------------------------------------------------------------- */

struct request {
	struct nlmsghdr *nlh;
	char buf[1024];
};

static void *begin(struct request *r, uint16_t type, uint16_t flags, size_t header)
{
	r->nlh = mnl_nlmsg_put_header(r->buf);
	r->nlh->nlmsg_type = type;
	r->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return mnl_nlmsg_put_extra_header(r->nlh, header);
}

static int answer(const struct ns *ns)
{
	char buf[8192];
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	const struct nlmsgerr *error;

	if (recv(ns->nl, buf, sizeof(buf), 0) < 0)
		return -errno;
	if (nlh->nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	error = mnl_nlmsg_get_payload(nlh);
	return error->error;
}

static int ask(const struct ns *ns, const struct request *r)
{
	if (send(ns->nl, r->buf, r->nlh->nlmsg_len, 0) < 0)
		return -errno;
	return answer(ns);
}

/* ---- making devices ------------------------------------------------------------------------ */

struct making {
	struct request r;
	struct nlattr *info, *data;
};

static void make_begin(struct making *m, const char *kind, const char *name, int link,
		       const struct ns *in)
{
	begin(&m->r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(m->r.nlh, IFLA_IFNAME, name);
	if (link)
		mnl_attr_put_u32(m->r.nlh, IFLA_LINK, link);
	if (in)
		mnl_attr_put_u32(m->r.nlh, IFLA_NET_NS_FD, in->fd);
	m->info = mnl_attr_nest_start(m->r.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(m->r.nlh, IFLA_INFO_KIND, kind);
	m->data = mnl_attr_nest_start(m->r.nlh, IFLA_INFO_DATA);
}

static int make_end(const struct ns *ns, struct making *m)
{
	mnl_attr_nest_end(m->r.nlh, m->data);
	mnl_attr_nest_end(m->r.nlh, m->info);
	return ask(ns, &m->r);
}

int ask_create(const struct ns *ns, const char *kind, const char *name, int link,
	       const struct ns *in)
{
	struct making m;

	make_begin(&m, kind, name, link, in);
	return make_end(ns, &m);
}

int ask_create_pair(const struct ns *ns, const char *name, const char *peer, const struct ns *in)
{
	struct making m;
	struct nlattr *other;

	make_begin(&m, "veth", name, 0, NULL);
	other = mnl_attr_nest_start(m.r.nlh, VETH_INFO_PEER);
	memset((char *)m.r.nlh + m.r.nlh->nlmsg_len, 0, sizeof(struct ifinfomsg));
	m.r.nlh->nlmsg_len += sizeof(struct ifinfomsg);
	mnl_attr_put_strz(m.r.nlh, IFLA_IFNAME, peer);
	if (in)
		mnl_attr_put_u32(m.r.nlh, IFLA_NET_NS_FD, in->fd);
	mnl_attr_nest_end(m.r.nlh, other);
	return make_end(ns, &m);
}

int ask_create_slave(const struct ns *ns, const char *name, int master, uint16_t mode,
		     uint16_t flags, const struct ns *in)
{
	struct making m;

	make_begin(&m, "ipvlan", name, master, in);
	mnl_attr_put_u16(m.r.nlh, IFLA_IPVLAN_MODE, mode);
	mnl_attr_put_u16(m.r.nlh, IFLA_IPVLAN_FLAGS, flags);
	return make_end(ns, &m);
}

int ask_create_vlan(const struct ns *ns, const char *name, int link, uint16_t id)
{
	struct making m;

	make_begin(&m, "vlan", name, link, NULL);
	mnl_attr_put_u16(m.r.nlh, IFLA_VLAN_ID, id);
	return make_end(ns, &m);
}

/* ---- changing them ------------------------------------------------------------------------- */

static struct ifinfomsg *change(struct request *r, uint16_t type, int index)
{
	struct ifinfomsg *ifi = begin(r, type, 0, sizeof(*ifi));

	ifi->ifi_index = index;
	return ifi;
}

int ask_delete(const struct ns *ns, int index)
{
	struct request r;

	change(&r, RTM_DELLINK, index);
	return ask(ns, &r);
}

int ask_mode(const struct ns *ns, int index, uint16_t mode, uint16_t flags)
{
	struct nlattr *info, *data;
	struct request r;

	change(&r, RTM_NEWLINK, index);
	info = mnl_attr_nest_start(r.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(r.nlh, IFLA_INFO_KIND, "ipvlan");
	data = mnl_attr_nest_start(r.nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(r.nlh, IFLA_IPVLAN_MODE, mode);
	mnl_attr_put_u16(r.nlh, IFLA_IPVLAN_FLAGS, flags);
	mnl_attr_nest_end(r.nlh, data);
	mnl_attr_nest_end(r.nlh, info);
	return ask(ns, &r);
}

int ask_rename(const struct ns *ns, int index, const char *name)
{
	struct request r;

	change(&r, RTM_SETLINK, index);
	mnl_attr_put_strz(r.nlh, IFLA_IFNAME, name);
	return ask(ns, &r);
}

int ask_move(const struct ns *ns, int index, const struct ns *to)
{
	struct request r;

	change(&r, RTM_SETLINK, index);
	mnl_attr_put_u32(r.nlh, IFLA_NET_NS_FD, to->fd);
	return ask(ns, &r);
}

int ask_flags(const struct ns *ns, int index, unsigned int flags, unsigned int mask)
{
	struct ifinfomsg *ifi;
	struct request r;

	ifi = change(&r, RTM_SETLINK, index);
	ifi->ifi_flags = flags;
	ifi->ifi_change = mask;
	return ask(ns, &r);
}

int ask_mtu(const struct ns *ns, int index, uint32_t mtu)
{
	struct request r;

	change(&r, RTM_SETLINK, index);
	mnl_attr_put_u32(r.nlh, IFLA_MTU, mtu);
	return ask(ns, &r);
}

int ask_mac(const struct ns *ns, int index, const uint8_t mac[static 6])
{
	struct request r;

	change(&r, RTM_SETLINK, index);
	mnl_attr_put(r.nlh, IFLA_ADDRESS, 6, mac);
	return ask(ns, &r);
}

int ask_address(const struct ns *ns, uint16_t type, int index, const void *address,
		unsigned int len, unsigned int bits)
{
	struct ifaddrmsg *ifa;
	struct request r;

	ifa = begin(&r, type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0, sizeof(*ifa));
	ifa->ifa_family = len == 4 ? AF_INET : AF_INET6;
	ifa->ifa_prefixlen = bits;
	ifa->ifa_index = index;
	mnl_attr_put(r.nlh, IFA_LOCAL, len, address);
	mnl_attr_put(r.nlh, IFA_ADDRESS, len, address);
	return ask(ns, &r);
}

/* ---- looking ------------------------------------------------------------------------------- */

/* By netlink: an ioctl with a name that is not there makes the kernel call modprobe. */
int ask_index(const struct ns *ns, const char *name)
{
	char buf[8192];
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	const struct ifinfomsg *ifi;
	struct request r;

	begin(&r, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	r.nlh->nlmsg_flags = NLM_F_REQUEST;
	mnl_attr_put_strz(r.nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(r.nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (send(ns->nl, r.buf, r.nlh->nlmsg_len, 0) < 0 || recv(ns->nl, buf, sizeof(buf), 0) < 0 ||
	    nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	ifi = mnl_nlmsg_get_payload(nlh);
	return ifi->ifi_index;
}

/* The messages of one datagram; 0 at the end of the dump. */
static int count_messages(const char *buf, int len)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	int count = 0;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
			return 0;
		count++;
	}
	return count;
}

int ask_dump(const struct ns *ns, uint16_t type)
{
	static char buf[1 << 16];
	struct request r;
	int len, count, all = 0;

	begin(&r, type, NLM_F_DUMP, sizeof(struct ifinfomsg));
	if (send(ns->nl, r.buf, r.nlh->nlmsg_len, 0) < 0)
		return -errno;
	do {
		len = (int)recv(ns->nl, buf, sizeof(buf), 0);
		count = len > 0 ? count_messages(buf, len) : 0;
		all += count;
	} while (count);
	return all;
}

int ask_counters(const struct ns *ns, const char *name)
{
	struct {
		struct ethtool_stats header;
		uint64_t counts[512];
	} stats = { .header = { .cmd = ETHTOOL_GSTATS, .n_stats = 512 } };
	struct ifreq ifr = { .ifr_data = (void *)&stats };

	if (!ask_index(ns, name))
		return -ENODEV;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ioctl(ns->inet, SIOCETHTOOL, &ifr) ? -errno : 0;
}
