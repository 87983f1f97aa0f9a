/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of an attachment beside its owner: when and where it lives, and whose it is. A
 * reservation has them in a note (extended attribute) of its file: they appear with it, go with it,
 * and the reference host-local, which knows nothing of them, cannot leave them behind with another
 * owner's file. A reservation of the reference's has none.
 *
 * What proves that an attachment is dead:
 *  - it is of this machine (machine-id) and of another boot (boot_id): no netns outlives its
 *    kernel. The machine counts because a directory may be shared, or have been copied here;
 *  - the kernel says that our netns knows none of the id (nsid) that the attachment's netns had in
 *    it. The kernel keeps that id as long as the netns lives, whatever keeps it alive: a process, a
 *    bind mount in any mount namespace, a descriptor. That a path is gone proves nothing;
 *  - or that this id is the netns's of another attachment by now: two that live do not share one.
 * Without facts, without proof, nothing is taken from anybody.
 */
#ifndef IPAM_FACTS_H
#define IPAM_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FACTS_NOTE "ipvlan-cni" /* name of the note */
#define FACTS_MAX  1024		/* bytes of its text, NUL included */

struct facts {
	char boot[40];	  /* boot_id, "" unknown */
	char machine[40]; /* machine-id, "" unknown */
	char netns[200];  /* path of the netns, for people */
	uint64_t home;	  /* cookie of the netns that nsid counts in, 0 unknown */
	uint64_t cookie;  /* of the attachment's netns (SO_NETNS_COOKIE), 0 unknown */
	int32_t nsid;	  /* id of the attachment's netns in home, -1 unknown */
	char pod_namespace[256], pod_name[256];
	char in_use_by[40]; /* of one that rests: who on the network has it, a MAC address */
	bool is_sticky;	    /* the pod is to have the address again */
	bool is_rested;	    /* once released the address rests before it is given again */
};

/* Unknown but for this boot and this machine. */
void facts_here(struct facts *f);

/* The text of the note. Returns buf. What would make it too long (the path) is left out. */
char *facts_format(const struct facts *f, char buf[static FACTS_MAX]);
/* All unknown where the text is "" or not ours. */
void facts_parse(const char *text, struct facts *f);

bool facts_have_pod(const struct facts *f);
bool facts_same_pod(const struct facts *a, const struct facts *b);

/* Whether it is proven that f, seen from `here`, is of a boot that is over. */
bool facts_is_earlier_boot(const struct facts *f, const struct facts *here);

#endif
