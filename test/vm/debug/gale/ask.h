/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking the kernel: one rtnetlink request, one answer. All return 0 or -errno; none of them is
 * surprised by a refusal.
 */
#ifndef GALE_ASK_H
#define GALE_ASK_H

#include <stdint.h>

/* A network namespace and the sockets that live in it. */
struct ns {
	int fd;	  /* of the namespace */
	int nl;	  /* NETLINK_ROUTE */
	int inet; /* a datagram socket, for ioctl */
};

/* Puts the process into a new namespace and opens it; or opens the one that it is in. */
int ask_ns_new(struct ns *ns);
int ask_ns_open(struct ns *ns);
void ask_ns_close(struct ns *ns);

/* New sockets in the namespace, for a process that must not share those of its parent. */
int ask_ns_reopen(struct ns *ns);

/* Its index, 0 if there is no device of that name. */
int ask_index(const struct ns *ns, const char *name);

/* Makes a device of this kind; link and in, where not 0 and NULL, say on what and where. */
int ask_create(const struct ns *ns, const char *kind, const char *name, int link,
	       const struct ns *in);
int ask_create_pair(const struct ns *ns, const char *name, const char *peer, const struct ns *in);
int ask_create_slave(const struct ns *ns, const char *name, int master, uint16_t mode,
		     uint16_t flags, const struct ns *in);
int ask_create_vlan(const struct ns *ns, const char *name, int link, uint16_t id);

int ask_delete(const struct ns *ns, int index);
int ask_mode(const struct ns *ns, int index, uint16_t mode, uint16_t flags);
int ask_rename(const struct ns *ns, int index, const char *name);
int ask_move(const struct ns *ns, int index, const struct ns *to);
int ask_flags(const struct ns *ns, int index, unsigned int flags, unsigned int change);
int ask_mtu(const struct ns *ns, int index, uint32_t mtu);
int ask_mac(const struct ns *ns, int index, const uint8_t mac[static 6]);

/* An address of len bytes (4 or 16), its prefix in bits; type: RTM_NEWADDR, RTM_DELADDR. */
int ask_address(const struct ns *ns, uint16_t type, int index, const void *address,
		unsigned int len, unsigned int bits);

/* Reads all there is to read: links with statistics, addresses. Returns how many messages. */
int ask_dump(const struct ns *ns, uint16_t type);

/* `ethtool -S`, the counters thrown away. */
int ask_counters(const struct ns *ns, const char *name);

#endif
