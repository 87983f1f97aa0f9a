/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose addresses are, asked through the kernel's neighbour table: it sends the ARP request or
 * neighbour solicitation itself and keeps the answer, while the caller does something else.
 */
#ifndef NL_NEIGH_H
#define NL_NEIGH_H

#include <stdbool.h>
#include "pkg/base/ip.h"
#include "pkg/nl/nl.h"

#define NEIGH_MAC_LEN 6

/*
 * Begins to ask on that interface, forgetting what was known. An entry that somebody made to last
 * (permanent, noarp) stays as it is. -errno, err untouched, where the kernel cannot ask.
 */
int neigh_ask(struct nl *nl, int ifindex, const struct ip *ip);

/* Whether somebody has answered since, and who; what is permanent is nobody's answer. */
bool neigh_has_answered(struct nl *nl, int ifindex, const struct ip *ip,
			uint8_t mac[static NEIGH_MAC_LEN]);

/* Ends the asking; what is permanent stays. */
void neigh_forget(struct nl *nl, int ifindex, const struct ip *ip);

#endif
