// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/base/mem.h"

#define LOCK_NAME   "lock"
#define TEMP_PREFIX ".tmp-" /* of the names that pkg/base/file.c makes */

int dir_error(const struct dir *d, const char *name, int rc, struct err *err)
{
	return err_errno(err, CNI_ERR_STATE, rc, "ipam: %s/%s", d->path, name);
}

/*
 * Without create a missing lock file is not made: no reference has been here then, it makes the
 * file before all else; and what may be done to a store that was only opened to look or to
 * release is one unlink a file.
 */
static int take_lock(struct dir *d, bool create, struct err *err)
{
	/* O_NONBLOCK: a fifo of that name must not hold us up before it is refused. */
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	struct stat st;

	d->lock_fd = openat(d->fd, LOCK_NAME, flags | (create ? O_CREAT : 0), 0600);
	if (d->lock_fd < 0 && errno == ENOENT && !create)
		return 0;
	if (d->lock_fd < 0 || fstat(d->lock_fd, &st) < 0)
		return dir_error(d, LOCK_NAME, -errno, err);
	if (!S_ISREG(st.st_mode))
		return err_set(err, CNI_ERR_STATE, -EINVAL, "ipam: %s/%s: Not a regular file",
			       d->path, LOCK_NAME);
	if (TEMP_FAILURE_RETRY(flock(d->lock_fd, LOCK_EX)) < 0)
		return dir_error(d, LOCK_NAME, -errno, err);
	return 0;
}

int dir_open(struct dir *d, const char *data_dir, const char *network, bool create, struct err *err)
{
	int rc = 0;

	*d = (struct dir){ .fd = -1, .lock_fd = -1 };
	if (!*network || strchr(network, '/') || !strcmp(network, ".") || !strcmp(network, ".."))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "ipam: network name \"%s\" cannot name a directory", network);
	if (asprintf(&d->path, "%s/%s", data_dir, network) < 0)
		abort(); /* as pkg/base/mem.h */
	if (create)
		rc = file_mkdirs(d->path, 0755);
	if (rc == 0) {
		d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		rc = d->fd < 0 ? -errno : 0;
	}
	if (rc == -ENOENT && !create)
		return rc;
	if (rc < 0)
		return err_errno(err, CNI_ERR_STATE, rc, "ipam: %s", d->path);
	return take_lock(d, create, err);
}

static void forget(struct dir *d)
{
	taken_free(&d->names);
	d->is_listed = false;
}

void dir_close(struct dir *d)
{
	if (d->lock_fd >= 0)
		close(d->lock_fd); /* the lock goes with its only descriptor */
	if (d->fd >= 0)
		close(d->fd);
	forget(d);
	free(d->path);
}

/* What is neither an address nor a leftover (the lock, cursors, anybody's) is let be. */
static void note_name(struct dir *d, const char *name)
{
	struct ip ip;

	if (ip_parse(name, &ip) == 0)
		taken_append(&d->names, &ip);
	else if (d->lock_fd >= 0 && strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)) == 0)
		unlinkat(d->fd, name, 0); /* who writes holds the lock: its writer is dead */
}

int dir_list(struct dir *d, struct err *err)
{
	cleanup_fd int fd = -1;
	struct dirent *entry;
	DIR *stream;
	int rc;

	if (d->is_listed)
		return 0;
	fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream)
		return dir_error(d, ".", -errno, err);
	steal_fd(&fd); /* closedir() closes it */
	while (errno = 0, (entry = readdir(stream)) != NULL)
		note_name(d, entry->d_name);
	rc = errno ? dir_error(d, ".", -errno, err) : 0;
	closedir(stream);
	if (rc < 0) {
		forget(d);
		return rc;
	}
	taken_sort(&d->names);
	d->is_listed = true;
	return 0;
}

int dir_read(const struct dir *d, const struct ip *ip, char buf[static RECORD_MAX], struct owner *o,
	     struct err *err)
{
	char name[IP_STR_MAX];
	ssize_t len = file_read(d->fd, ip_format(ip, name), buf, RECORD_MAX);

	switch (len) {
	default:
		if (len < 0)
			return dir_error(d, name, (int)len, err);
		record_parse(buf, o);
		return 1;
	case -ENOENT: /* another spelling */
	case -ELOOP:  /* a link */
	case -ENXIO:  /* a socket */
	case -EINVAL: /* a directory, a fifo */
	case -EFBIG:
		return 0;
	}
}

int dir_remove(struct dir *d, const struct taken *ips, size_t *removed, struct err *err)
{
	char name[IP_STR_MAX];
	int rc = 0;

	*removed = 0;
	for (size_t i = 0; i < ips->count; i++)
		if (unlinkat(d->fd, ip_format(&ips->ips[i], name), 0) == 0)
			++*removed;
		else if (errno != ENOENT)
			rc = dir_error(d, name, -errno, err);
	if (*removed && fsync(d->fd) < 0)
		rc = dir_error(d, ".", -errno, err);
	forget(d);
	return rc;
}
