/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses are taken and by whom, found without reading the directory: derived from it, kept
 * beside it, and good only as long as the directory is as our last command left it. Internal to the
 * store of store_dir.h.
 *
 * How it knows: when a command ends, under the lock, it sets the directory's mtime to a time of the
 * clock's full resolution and keeps that. Whoever changes a name in the directory moves its mtime
 * to a tick of the kernel's coarse clock, which is never such a time. And since a kernel that lost
 * power may leave any mixture of old and new pages, an index counts in the boot that made it only.
 * What a reader finds in it, it verifies on the file; what it finds not to be there is as sure as
 * the sums of the pages it looked at.
 */
#ifndef IPAM_INDEX_H
#define IPAM_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include "pkg/base/ip.h"
#include "pkg/ipam/facts.h"
#include "pkg/ipam/table.h"

enum index_kind {
	INDEX_NODE = 1, /* the index's own: taken addresses */
	INDEX_HELD,	/* found by its container */
	INDEX_POD,	/* held by, or resting for, the pod that it is found by */
	INDEX_RESTING,	/* released, with the time */
	INDEX_EMPTY,	/* a file without content */
	INDEX_OTHER,	/* taken by what is no reservation */
};

#define INDEX_EARLIER_BOOT 1 /* flag of INDEX_HELD */

struct index {
	struct table table;
	int side_fd; /* the directory that it is kept in; -1: in memory alone */
	bool is_new; /* not under its name yet */
	bool is_known_wrong;
};

/* The one kept beside the directory, if it says what is in there. index_close() in any case. */
bool index_open(struct index *x, int side_fd, int dir_fd, const struct facts *here);
/* An empty one, to be filled from n names. side_fd -1: in memory. */
void index_create(struct index *x, int side_fd, size_t n);
/* Says that the directory is as the index has it, and keeps both. */
void index_commit(struct index *x, int dir_fd, const struct facts *here);
void index_close(struct index *x);

/* Before the directory is changed: until the next commit the index does not count. */
void index_begin(struct index *x);
/* A page was damaged, or what was found is not so: make a new one. */
bool index_is_wrong(const struct index *x);

/* Takes the address, once for each kind. hash: what it is found by (index_of_…). */
void index_add(struct index *x, enum index_kind kind, uint64_t hash, const struct ip *ip,
	       uint8_t flags, uint32_t time);
/* The other way; gone already is fine. */
void index_drop(struct index *x, enum index_kind kind, uint64_t hash, const struct ip *ip);
/* The bit of an address alone. */
void index_give(struct index *x, const struct ip *ip);
bool index_has(struct index *x, const struct ip *ip);

/* The lowest of first … last that is not taken. */
bool index_next_free(struct index *x, const struct ip *first, const struct ip *last, struct ip *ip);

/* Of that kind and hash, one after the other, from *place TABLE_START; false behind the last. */
bool index_find(struct index *x, enum index_kind kind, uint64_t hash, size_t *place, struct ip *ip);
/* How many there are of a kind (INDEX_HELD: of those of an earlier boot). */
size_t index_count(const struct index *x, enum index_kind kind);
/* The slot of a place below table_slots() if it is an address (nodes are left out). */
const struct slot *index_at(struct index *x, size_t place, struct ip *ip);
/* Where a walk over all that looks at a few each time goes on. */
size_t index_hand(const struct index *x);
void index_set_hand(struct index *x, size_t place);

/* A zeroed slot for this hash, for nodes.h. NULL: the table is damaged. Moves others. */
struct slot *index_add_slot(struct index *x, uint64_t hash);

uint64_t index_of_container(const char *id);
uint64_t index_of_pod(const struct facts *f, const char *ifname);
uint64_t index_of_ip(const struct ip *ip);

#endif
