// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/nl/neigh.h"

#include <errno.h>
#include <string.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include "pkg/nl/attr.h"

#define ANSWERED (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE)

struct entry {
	uint16_t state; /* NUD_*; 0: there is none */
	uint8_t mac[NEIGH_MAC_LEN];
};

static int read_entry(const struct nlmsghdr *nlh, void *ctx)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	struct entry *e = ctx;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm))
		return 0;
	e->state = ndm->ndm_state;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm))
		if (mnl_attr_get_type(attr) == NDA_LLADDR &&
		    mnl_attr_get_payload_len(attr) == NEIGH_MAC_LEN)
			memcpy(e->mac, mnl_attr_get_payload(attr), NEIGH_MAC_LEN);
	return 0;
}

static int request(struct nl *nl, uint16_t type, uint16_t flags, int ifindex, const struct ip *ip,
		   uint8_t ntf, struct entry *e)
{
	struct nl_batch b;
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;

	nl_batch_begin(&b, nl, e ? read_entry : NULL, e, NULL);
	nlh = nl_batch_put(&b, type, flags, CNI_ERR_KERNEL, 0, "neighbour");
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = ip->family;
	ndm->ndm_ifindex = ifindex;
	ndm->ndm_flags = ntf;
	mnl_attr_put(nlh, NDA_DST, ip_size(ip), ip->bytes);
	return nl_batch_commit(&b);
}

static struct entry look_up(struct nl *nl, int ifindex, const struct ip *ip)
{
	struct entry e = { 0 };

	if (request(nl, RTM_GETNEIGH, 0, ifindex, ip, 0, &e) < 0)
		e.state = 0;
	return e;
}

int neigh_ask(struct nl *nl, int ifindex, const struct ip *ip)
{
	neigh_forget(nl, ifindex, ip);
	return request(nl, RTM_NEWNEIGH, NLM_F_CREATE, ifindex, ip, NTF_USE, NULL);
}

bool neigh_has_answered(struct nl *nl, int ifindex, const struct ip *ip,
			uint8_t mac[static NEIGH_MAC_LEN])
{
	struct entry e = look_up(nl, ifindex, ip);

	memcpy(mac, e.mac, NEIGH_MAC_LEN);
	return e.state & ANSWERED;
}

void neigh_forget(struct nl *nl, int ifindex, const struct ip *ip)
{
	uint16_t state = look_up(nl, ifindex, ip).state;

	if (state && !(state & (NUD_PERMANENT | NUD_NOARP)))
		request(nl, RTM_DELNEIGH, 0, ifindex, ip, 0, NULL);
}
