/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the file of a reservation says: "<container id>\r\n<ifname>", in old files the id alone. */
#ifndef IPAM_RECORD_H
#define IPAM_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/ipam/store.h"

#define RECORD_MAX 1024 /* bytes of a record, NUL included */

enum record_match {
	RECORD_OTHER, /* somebody else's */
	RECORD_OLD,   /* its container alone: the owner's if no other says so exactly */
	RECORD_EXACT, /* this owner's */
};

/* A file that was read: the owner borrows from the text. */
struct record {
	char text[RECORD_MAX];
	struct owner owner;
	struct facts facts;
	int64_t since_s;   /* when it was written, Unix time */
	int64_t changed_s; /* of one that rests: when it was released */
};

/* The record of an owner into buf; its length, or -ENAMETOOLONG. */
int record_format(const struct owner *o, char buf[static RECORD_MAX]);

/*
 * Takes the text apart, in place: o borrows from it. Blanks around it do not count, as in the
 * reference. ifname is "" in an old record.
 */
void record_parse(char *text, struct owner *o);

/*
 * No owner is named: a file that was made but not yet written when the node or the reference
 * died (empty, or zeros that a file system left behind).
 */
static inline bool record_is_empty(const struct owner *o)
{
	return o->container_id[0] == '\0';
}

enum record_match record_compare(const struct owner *record, const struct owner *o);

#endif
