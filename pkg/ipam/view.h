/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of a network and its index, kept in step: what a command reads comes by the index
 * and is verified on the file, what it changes is changed in both. Internal to the store of
 * store_dir.h.
 */
#ifndef IPAM_VIEW_H
#define IPAM_VIEW_H

#include "pkg/ipam/dir.h"
#include "pkg/ipam/index.h"

struct view {
	struct dir dir;
	struct index index; /* valid when is_loaded */
	bool is_loaded;
	struct facts here;
	int rc;		/* a file that could not be read when the index was made, and why: */
	struct err err; /* it may be anybody's */
};

int view_open(struct view *v, const char *data_dir, const char *network, bool create,
	      struct err *err);
void view_close(struct view *v);

/* Makes sure of the index, at first or once index_is_wrong(). Code 109. */
int view_load(struct view *v, struct err *err);

/* The file of a reservation as it is to be known: after it was made, and before it is unmade. */
void view_add(struct view *v, const struct ip *ip, const struct owner *o, const struct facts *f);
void view_drop(struct view *v, const struct ip *ip, const struct record *r);
/* Of an address that rests. */
void view_add_rest(struct view *v, const struct ip *ip, const struct record *r, uint32_t time);
/* Ends the rest of an address, if it rests; what else takes it, still does. */
void view_drop_rest(struct view *v, const struct ip *ip);

/*
 * Gives an address back whose file is r; if it may, to rest as its facts say. 1: done, 0: there was
 * no file. Not synced. Code 109.
 */
int view_release(struct view *v, const struct ip *ip, const struct record *r, bool may_rest,
		 struct err *err);

/* All of them, past failures; then durable, once for all. Code 109, all failures told. */
int view_release_all(struct view *v, const struct ips *ips, size_t *released, struct err *err);

/*
 * What the owner holds, appended: exactly, or (old files) by its container alone. An unreadable
 * file does not keep it from the others; the first such failure is told. Code 109.
 */
int view_find(struct view *v, const struct owner *o, struct ips *exact, struct ips *old,
	      struct err *err);

#endif
