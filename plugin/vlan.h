/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VLAN sub-interfaces that attachments share. Who uses one is written on it, in the kernel: each
 * attachment is one of its alternative names ("cni-<network>-<identity>", both as hashes). So DEL
 * finds it without knowing the master, using twice is using once, and no count can be wrong. One
 * that somebody else made is used as it is, and bears no mark of ours.
 *
 * All that changes happens under the host's lock (pkg/base/lock.h): nobody takes the interface away
 * while another begins to use it.
 */
#ifndef PLUGIN_VLAN_H
#define PLUGIN_VLAN_H

#include <stdbool.h>
#include "pkg/nl/vlan.h"

#define VLAN_USE_MAX 32 /* "cni-01234567-0123456789abcdef" */

/* The mark of an attachment's use; identity NULL: what all marks of the network begin with. */
void vlan_use_format(const char *network, const char *identity, char out[static VLAN_USE_MAX]);

/*
 * The sub-interface of that id, up, made if there is none, and marked as used. Codes: 106 if the
 * attachment uses one already, 103 if the kernel has no VLANs, 100 with its words. On an error
 * nothing is left.
 */
int vlan_get(struct nl *nl, int home_fd, int netns_fd, const struct link *master, uint16_t id,
	     const char *use, struct link *out, struct err *err);

/* Takes the mark off, and with the last one the interface. No mark is success. */
int vlan_put(struct nl *nl, const char *use, struct err *err);

/* The same for all marks with this beginning that are not kept. Goes on past a failure. */
int vlan_retain(struct nl *nl, const char *begin, bool (*is_kept)(const char *use, void *ctx),
		void *ctx, struct err *err);

/* Whether we made it. */
bool vlan_is_ours(const struct link *l);

/* Whether the mark is on it. */
bool vlan_is_used_by(struct nl *nl, const struct link *l, const char *use);

#endif
