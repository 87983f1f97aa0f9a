/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces by rtnetlink: look one up, make an ipvlan slave, change, delete. */
#ifndef NL_LINK_H
#define NL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <net/if.h>
#include "pkg/base/ip.h"
#include "pkg/nl/nl.h"

#define LINK_ALIAS_MAX	 256 /* IFALIASZ, with NUL */
#define LINK_ALTNAME_MAX 128 /* ALTIFNAMSIZ, with NUL */

struct link {
	int ifindex;
	char name[IFNAMSIZ];
	char kind[IFNAMSIZ];	   /* "ipvlan", "veth", …; "" for a physical one */
	char upper_kind[IFNAMSIZ]; /* what it is a port of: "bridge", "bond"; "" if of nothing */
	char alias[LINK_ALIAS_MAX];
	uint32_t flags; /* IFF_* */
	uint32_t mtu;	/* bytes */
	uint32_t group;
	int upper;	 /* ifindex of what it is a port of, 0: of nothing */
	int lower;	 /* ifindex of what it stands on (IFLA_LINK), 0: nothing */
	int lower_nsid;	 /* the netns id that lower counts in, -1: its own */
	uint8_t mac[32]; /* mac_len bytes of it */
	uint8_t mac_len;
	uint8_t burnt_in[32]; /* the MAC it came with, whatever it has now; zero: none */
	char device[32];      /* the device that it is of: "0000:03:00.0"; "" if of none */
	uint16_t hw_type;     /* ARPHRD_* */
	uint16_t ipvlan_mode, ipvlan_flags; /* of kind ipvlan */
	uint16_t vlan_id;		    /* of kind vlan and IEEE 802.1Q, else 0 */
	uint64_t rx_bytes, tx_bytes, rx_packets, tx_packets;
	bool can_lock, is_locked; /* the driver is one that locks (IFLA_IPVLAN_LOCK); and it did */
};

/* -ENODEV, err untouched, if there is none of that name (alternative ones count) or index. */
int link_by_name(struct nl *nl, const char *name, struct link *out, struct err *err);
int link_by_index(struct nl *nl, int ifindex, struct link *out, struct err *err);

/*
 * All there are, in the order in which they were made, of the netns that has this id in the
 * socket's (-1: the socket's own). Wherever they are, lower_nsid counts in the socket's netns.
 * *out is freed with free().
 */
int link_list(struct nl *nl, int32_t nsid, struct link **out, size_t *count, struct err *err);

/* "02:00:00:00:00:01"; "" without an address. Returns buf. */
char *link_mac_format(const struct link *l, char buf[static 32 * 3]);

struct ipvlan_spec {
	const char *name;
	int netns_fd;	      /* where it is born */
	int ifindex;	      /* 0: the kernel gives one */
	int master;	      /* ifindex, in the socket's netns */
	uint32_t mtu;	      /* bytes, 0: the master's */
	uint32_t group;	      /* what it is marked with from its first instant, 0: nothing */
	uint16_t mode, flags; /* IPVLAN_MODE_*, IPVLAN_F_* */
	bool is_locked;	      /* from its first instant, without an address that it may have */
};

/*
 * Makes a slave, down, in the netns it is for. -EEXIST: the name is taken there, or (kernels up to
 * 6.12, if ifindex is 0) in the socket's own netns; -EOPNOTSUPP: the kernel has no ipvlan driver.
 */
int link_create_ipvlan(struct nl *nl, const struct ipvlan_spec *spec, struct err *err);

/*
 * Locks a slave, so that it may have no other addresses than those it has and these, or unlocks it.
 * nl is of the slave's netns, the process is in the master's. A driver that cannot lock says
 * nothing: link_by_index() tells.
 */
int link_lock(struct nl *nl, int ifindex, const char *name, const struct ip *allowed,
	      size_t n_allowed, struct err *err);
int link_unlock(struct nl *nl, int ifindex, const char *name, struct err *err);

/*
 * 0 if the kernel has a driver for links of this kind (it is loaded if need be), one that refuses a
 * link that stands on nothing; -EOPNOTSUPP, err untouched.
 */
int link_probe(struct nl *nl, const char *kind, struct err *err);

/* Names the link's owner in its alias and takes the mark of creation (group) off, at once. */
int link_set_identity(struct nl *nl, int ifindex, const char *alias, struct err *err);

/* An index that is no link's yet, as far as chance goes: far above what a kernel counts up to. */
int link_random_index(void);

/* Requests for a batch. */
void link_put_alias(struct nl_batch *b, int ifindex, const char *alias);
void link_put_up(struct nl_batch *b, int ifindex, const char *name);

/* Gone already is success. Blocks until the kernel has let go of it (7–20 ms). */
int link_delete(struct nl *nl, int ifindex, struct err *err);
/* The same in the netns that has this id in the socket's; -1: in the socket's own. */
int link_delete_in(struct nl *nl, int32_t nsid, int ifindex, struct err *err);

#endif
