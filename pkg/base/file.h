/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small files that must survive a crash whole or not at all. A name is one in the directory of
 * dirfd (O_PATH will do), without "/"; links are not followed.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Temporary names begin with this. Under a lock that all writers take, those found are a crash's.
 */
#define FILE_TEMP_PREFIX ".tmp-"

/*
 * Reads all of fd, at most max bytes, into *out (NUL added behind; the caller frees it) and *len.
 * -EFBIG if there is more; else -errno of read.
 */
int file_read_all(int fd, size_t max, char **out, size_t *len);

/*
 * Reads the regular file dirfd/name into buf and adds a NUL. Returns its length; -EFBIG if it
 * does not fit, -EINVAL if it is no regular file (-ELOOP: a link), -errno else.
 */
ssize_t file_read(int dirfd, const char *name, char *buf, size_t size);

/*
 * Makes dirfd/name with this content: whole and synced before the name appears, the name synced
 * too. -EEXIST, and nothing changed, if there is one of that name.
 */
int file_create(int dirfd, const char *name, const void *data, size_t len, mode_t mode);

/* As file_create(), but takes the place of what has that name. */
int file_replace(int dirfd, const char *name, const void *data, size_t len, mode_t mode);

/*
 * As file_replace(), unsynced: after a power cut the old one may be there, or an empty one. For
 * hints, which nothing depends on.
 */
int file_replace_lazy(int dirfd, const char *name, const void *data, size_t len, mode_t mode);

/*
 * A note that goes with a file and stays out of its content: an extended attribute, written before
 * the name appears and gone with the file. Where the file system has none it is left out.
 */
struct file_note {
	const char *name; /* without its namespace */
	const char *text;
};

int file_create_noted(int dirfd, const char *name, const void *data, size_t len,
		      const struct file_note *note, mode_t mode);
int file_replace_noted(int dirfd, const char *name, const void *data, size_t len,
		       const struct file_note *note, mode_t mode);

/* The note of that name of an open file, with a NUL, "" without one. Its length, or -errno. */
ssize_t file_read_note(int fd, const char *name, char *buf, size_t size);

/* Makes a directory with all that lead to it (mode for each that is new). 0 if it is there. */
int file_mkdirs(const char *path, mode_t mode);

#endif
