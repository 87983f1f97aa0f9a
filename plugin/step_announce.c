// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Neighbours learn at once who has the addresses now, whoever had them before. The kernel tells
 * them when the interface comes up, if step_net could make it do so; where /proc/sys cannot be
 * written, as in many containers, it is done here.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/log.h"
#include "pkg/netns/netns.h"
#include "pkg/wire/probe.h"
#include "plugin/steps.h"

static bool is_unheard(const struct attach *a, const struct cni_ip *ip)
{
	return ip->address.ip.family == AF_INET ? !a->is_announced_v4 : !a->is_announced_v6;
}

static int apply(struct attach *a, struct err *err)
{
	struct wire w = { .ifindex = a->slave.ifindex };
	cleanup_fd int fd = -1;
	int rc = 0;

	(void)err;
	if (!a->conf->is_announced || a->conf->mode != IPVLAN_MODE_L2 ||
	    a->slave.mac_len != FRAME_MAC_LEN)
		return 0;
	memcpy(w.mac, a->slave.mac, sizeof(w.mac));
	for (size_t i = a->first_ip; rc == 0 && i < a->result.n_ips; i++) {
		if (!is_unheard(a, &a->result.ips[i]))
			continue;
		if (fd < 0)
			rc = netns_socket(a->netns_fd, a->home_fd, AF_PACKET, SOCK_RAW, 0, &fd,
					  NULL);
		w.fd = fd;
		if (rc == 0)
			rc = probe_announce(&w, &a->result.ips[i].address.ip);
	}
	if (rc < 0) /* neighbours find out, later */
		log_warn("interface %s: its addresses could not be announced: %s", a->env->ifname,
			 strerror(-rc));
	return 0;
}

const struct step step_announce = {
	.name = "announce",
	.apply = apply,
};
