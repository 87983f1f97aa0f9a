// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"

#define LINK_TEMP FILE_TEMP_PREFIX "link"

static int sync_dir(int dirfd)
{
	cleanup_fd int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* A link to it is another file, even if what it points to says the same. */
static bool is_there(int dirfd, const char *name, const char *data, size_t len, mode_t mode)
{
	cleanup_fd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	cleanup_free char *there = NULL;
	size_t there_len = 0;
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_mode & 07777) == mode && file_read_all(fd, len, &there, &there_len) == 0 &&
	       there_len == len && memcmp(there, data, len) == 0;
}

static int refuse_long(const char *name, struct err *err)
{
	return err_set(err, CNI_ERR_IO, -ENAMETOOLONG, "%s: the name is too long", name);
}

/* Gives what is there a second name, which takes the place of the one before it. */
static int keep(int dirfd, const char *name, const char *previous)
{
	int rc = 0;

	unlinkat(dirfd, LINK_TEMP, 0); /* of one that was killed here */
	if (linkat(dirfd, name, dirfd, LINK_TEMP, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (renameat(dirfd, LINK_TEMP, dirfd, previous) < 0)
		rc = -errno;
	unlinkat(dirfd, LINK_TEMP, 0); /* both were one file, and rename() did nothing */
	return rc;
}

int place_put(int dirfd, const char *name, const char *data, size_t len, mode_t mode, bool *is_new,
	      struct err *err)
{
	char previous[NAME_MAX + 1];
	int rc;

	if (is_new)
		*is_new = false;
	if (is_there(dirfd, name, data, len, mode))
		return 0;
	if (snprintf(previous, sizeof(previous), "%s" PLACE_PREVIOUS, name) > NAME_MAX)
		return refuse_long(name, err);
	rc = keep(dirfd, name, previous);
	if (rc < 0)
		return err_errno(err, CNI_ERR_IO, rc, "%s: keep the one before", name);
	rc = file_replace(dirfd, name, data, len, mode);
	if (rc < 0)
		return err_errno(err, CNI_ERR_IO, rc, "%s: install", name);
	if (is_new)
		*is_new = true;
	return 0;
}

int place_link(int dirfd, const char *name, const char *target, struct err *err)
{
	char there[NAME_MAX + 1];
	ssize_t n = readlinkat(dirfd, name, there, sizeof(there) - 1);
	int rc = 0;

	if (n >= 0 && (size_t)n == strlen(target) && memcmp(there, target, (size_t)n) == 0)
		return 0;
	unlinkat(dirfd, LINK_TEMP, 0);
	if (symlinkat(target, dirfd, LINK_TEMP) < 0 || renameat(dirfd, LINK_TEMP, dirfd, name) < 0)
		rc = -errno;
	if (rc == 0)
		rc = sync_dir(dirfd);
	else
		unlinkat(dirfd, LINK_TEMP, 0);
	return rc < 0 ? err_errno(err, CNI_ERR_IO, rc, "%s: link to %s", name, target) : 0;
}

int place_back(int dirfd, const char *name, struct err *err)
{
	char previous[NAME_MAX + 1];
	int rc = 0;

	if (snprintf(previous, sizeof(previous), "%s" PLACE_PREVIOUS, name) > NAME_MAX)
		return refuse_long(name, err);
	if (syscall(SYS_renameat2, dirfd, name, dirfd, previous, RENAME_EXCHANGE) < 0)
		rc = -errno;
	if (rc == 0)
		rc = sync_dir(dirfd);
	return rc < 0 ? err_errno(err, CNI_ERR_IO, rc, "%s: exchange with %s", name, previous) : 0;
}
