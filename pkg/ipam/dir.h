/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The locked directory of a network: which of its names are addresses, what is in their files.
 * Internal to the store of store_dir.h.
 */
#ifndef IPAM_DIR_H
#define IPAM_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/ipam/record.h"
#include "pkg/ipam/taken.h"

struct dir {
	char *path; /* for messages */
	int fd;
	int lock_fd; /* -1: there is no lock file, see dir_open() */

	struct taken names; /* those that are addresses; valid when is_listed */
	bool is_listed;
};

/*
 * Opens and locks data_dir/network. -ENOENT and err untouched if there is none and create is not
 * set; else code 109. dir_close() in any case, also after an error.
 */
int dir_open(struct dir *d, const char *data_dir, const char *network, bool create,
	     struct err *err);
void dir_close(struct dir *d);

/* Reads the names, once, and clears away what a killed writer left. Code 109. */
int dir_list(struct dir *d, struct err *err);

/*
 * Reads who holds ip; o borrows from buf. 1: read; 0: nothing that a host-local wrote (a link, a
 * directory, another spelling of the address, too long): it is taken, and nobody's. Code 109.
 */
int dir_read(const struct dir *d, const struct ip *ip, char buf[static RECORD_MAX], struct owner *o,
	     struct err *err);

/*
 * Removes the files of these addresses, past failures, then makes that durable, once for all.
 * The names have to be listed anew. The first failure: code 109.
 */
int dir_remove(struct dir *d, const struct taken *ips, size_t *removed, struct err *err);

/* Sets code 109 with the path of name and what -rc means. Returns rc. */
int dir_error(const struct dir *d, const char *name, int rc, struct err *err);

#endif
