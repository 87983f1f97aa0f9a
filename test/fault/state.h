/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is in two netns and under directories, as lines of text that can be compared. */
#ifndef FAULT_STATE_H
#define FAULT_STATE_H

#define STATE_MAX 65536

struct watch {
	int here, pod;		 /* rtnetlink sockets, of the node's netns and of the container's */
	const char *const *dirs; /* NULL at the end */
};

/* Opens a socket in that netns; exits with a message where it cannot. */
int state_socket(const char *netns);

/*
 * Links, addresses and routes (but of lo, which every container has up), rules, permanent
 * neighbours, qdiscs; files and directories. One a line, what is of the pod with "pod: " in front.
 */
void state_read(const struct watch *w, char text[STATE_MAX]);

/* The first line of now that is not in before; NULL: nothing is there that was not. */
const char *state_more(const char *before, const char *now, char line[256]);

#endif
