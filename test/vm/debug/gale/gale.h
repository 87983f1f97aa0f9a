/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world of the storm. One netns is the host's and has the masters m0…, one is the router's and
 * has the other ends w0… of those that are veth; the rest are pods. Slaves are s0…: the name is
 * unique in its netns only, so everything collides with everything.
 *
 * Each worker is a process. It commits one act after the other; an act may be refused, and counts
 * as done when the kernel did what was asked.
 */
#ifndef GALE_H
#define GALE_H

#include <stdbool.h>
#include <stdint.h>
#include "ask.h"

enum {
	NS_HOST,
	NS_ROUTER,
	NS_PODS,
	NS_COUNT = 6,
	MASTERS = 5,
	SLAVES = 12,
	ADDRESSES = 40,
};

struct world {
	struct ns ns[NS_COUNT];
	const char *module; /* the path of ipvlan.ko */
};

/* One act; true if the kernel did it. */
typedef bool (*act_fn)(const struct world *w);

struct act {
	const char *name;
	act_fn commit;
	unsigned int weight;   /* among the acts of its worker */
	unsigned int pause_ms; /* after each, at most */
};

/* Ended by an act without a name. */
extern const struct act changes[], traffic[], looks[], ends[];

/* Masters, made anew if they are missing. */
bool masters_make(const struct world *w);

unsigned int any(unsigned int below);

/* The address of this number, of the wire's subnet: 4 or 16 bytes; returns how many. */
unsigned int address_of(unsigned int number, bool is_v6, uint8_t address[static 16]);
void mac_of(unsigned int master, uint8_t mac[static 6]);

#endif
