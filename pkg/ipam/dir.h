/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The locked directory of a network: which of its names are addresses, what is in their files.
 * Internal to the store of store_dir.h.
 *
 * Beside it, in data_dir/.ipvlan/<network>/, is what the reference host-local must not see (it
 * reads every file of the network's directory, each time): the index, and rest/, where the files of
 * released addresses go that are not to be given again at once. All of it may be deleted at any
 * time.
 */
#ifndef IPAM_DIR_H
#define IPAM_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/ipam/ips.h"
#include "pkg/ipam/record.h"

struct dir {
	char *path; /* for messages */
	int fd;
	int lock_fd;  /* -1: there is no lock file, see dir_open() */
	int queue_fd; /* the place in line for it (queue.h), or -1 */
	int side_fd;  /* data_dir/.ipvlan/network, -1: there is none, or no lock */
	int rest_fd;  /* its rest/, -1 likewise */
};

/*
 * Opens and locks data_dir/network. -ENOENT and err untouched if there is none and create is not
 * set; else code 109. dir_close() in any case, also after an error.
 */
int dir_open(struct dir *d, const char *data_dir, const char *network, bool create,
	     struct err *err);
void dir_close(struct dir *d);

/* The names that are addresses. Clears away what a killed writer left. Code 109. */
int dir_list(const struct dir *d, struct ips *names, struct err *err);
void dir_list_rest(const struct dir *d, struct ips *names);

/*
 * Reads who holds ip. 1: read; 0: nothing that a host-local wrote (a link, a directory, another
 * spelling of the address, too long): it is taken, and nobody's. Code 109.
 */
int dir_read(const struct dir *d, const struct ip *ip, struct record *r, struct err *err);
/* The same of one that rests; false if there is none. */
bool dir_read_rest(const struct dir *d, const struct ip *ip, struct record *r);

/*
 * Takes the file of an address away, to rest/ if it is to rest. Not synced: dir_sync() does that
 * for all. 1: done; 0: there was none. Code 109.
 */
int dir_remove(const struct dir *d, const struct ip *ip, bool rests, struct err *err);
void dir_remove_rest(const struct dir *d, const struct ip *ip);
int dir_sync(const struct dir *d, struct err *err);

/* Sets code 109 with the path of name and what -rc means. Returns rc. */
int dir_error(const struct dir *d, const char *name, int rc, struct err *err);

#endif
