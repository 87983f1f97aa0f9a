/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table of equal slots in a mapped file (or in memory alone), whose pages have checksums: a
 * command touches the few pages that it needs, whatever the size, and knows whether they are as the
 * last one left them. Internal to the index of index.h.
 */
#ifndef IPAM_TABLE_H
#define IPAM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_OWN 120 /* bytes of the first page that are for the table's owner */

struct slot {
	uint64_t hash; /* what it is found by; 0: free */
	uint8_t kind;  /* the owner's, as is the rest */
	uint8_t level;
	uint8_t family;
	uint8_t flags;
	uint32_t time;
	uint8_t bytes[16];
	uint64_t bits[4];
};

struct table {
	uint8_t *map; /* NULL: closed */
	size_t n_pages;
	uint8_t *state;	 /* of each page: seen and found good, changed */
	bool is_damaged; /* a page was not as it was left: nothing that was found counts */
	bool is_changed;
	bool is_private; /* in memory alone */
};

/*
 * Maps the file `name` of the directory. False if there is none that is a table, whole and with a
 * good first page. table_close() in any case.
 */
bool table_open(struct table *t, int dirfd, const char *name);
/*
 * An empty table with room for n_slots, under that name, in the place of what has it; in memory if
 * dirfd is -1 or the file cannot be made.
 */
void table_create(struct table *t, int dirfd, const char *name, size_t n_slots);
void table_close(struct table *t);

void *table_own(const struct table *t); /* TABLE_OWN bytes, kept with it */
size_t table_slots(const struct table *t);
size_t table_used(const struct table *t);

/* The slot at a place below table_slots(), or NULL if it is free. */
struct slot *table_at(struct table *t, size_t place);
/* Slots of that hash one after the other: the first behind *place, NULL when there is no other. */
struct slot *table_find(struct table *t, uint64_t hash, size_t *place);
#define TABLE_START SIZE_MAX

/*
 * A free slot, zeroed, for this hash. NULL if more than three quarters are used: make a larger one.
 */
struct slot *table_add(struct table *t, uint64_t hash);
void table_change(struct table *t, const struct slot *s); /* before what it holds is changed */
/* The slots behind it move up: pointers and places of others are void. */
void table_remove(struct table *t, struct slot *s);

/* Seals the pages that were changed, the first page last. */
void table_seal(struct table *t);

/* FNV-1a, 64 bits, never 0; go on from `from`, TABLE_HASH to begin. */
#define TABLE_HASH 0xcbf29ce484222325
uint64_t table_hash(uint64_t from, const void *data, size_t len);

#endif
