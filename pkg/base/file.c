// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "pkg/base/cleanup.h"

#define READ_CHUNK    4096
#define TEMP_NAME_MAX 32
#define TEMP_TRIES    1000
#define NOTE_NAME_MAX 64

/* Reads until the buffer is full or the file ends; the number of bytes, or -errno. */
static ssize_t read_full(int fd, char *buf, size_t size)
{
	size_t got = 0;
	ssize_t n;

	while (got < size) {
		n = TEMP_FAILURE_RETRY(read(fd, buf + got, size - got));
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int file_read_all(int fd, size_t max, char **out, size_t *len)
{
	cleanup_free char *buf = NULL;
	size_t size = 0, got = 0;
	ssize_t n;

	do {
		char *grown = realloc(buf, size = size ? size * 2 : READ_CHUNK);

		if (!grown)
			return -ENOMEM;
		buf = grown;
		n = read_full(fd, buf + got, size - got);
		if (n < 0)
			return (int)n;
		got += (size_t)n;
		if (got > max)
			return -EFBIG;
	} while (got == size);
	buf[got] = '\0';
	*len = got;
	*out = steal_ptr(&buf);
	return 0;
}

ssize_t file_read(int dirfd, const char *name, char *buf, size_t size)
{
	/* O_NONBLOCK: a fifo of that name must not hold us up before it is refused. */
	cleanup_fd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	n = read_full(fd, buf, size);
	if (n < 0)
		return n;
	if ((size_t)n >= size)
		return -EFBIG;
	buf[n] = '\0';
	return n;
}

/* What a new file is to be. */
struct content {
	const void *data;
	size_t len;
	mode_t mode;
	const struct file_note *note; /* or NULL */
	bool is_lazy;		      /* not synced */
};

static int write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len > 0; data += n, len -= (size_t)n) {
		n = TEMP_FAILURE_RETRY(write(fd, data, len));
		if (n < 0)
			return -errno;
	}
	return 0;
}

/* "user." is for everybody's files; a tmpfs of before Linux 6.6 has "trusted." alone. */
static const char *const note_spaces[] = { "user.", "trusted." };

static void write_note(int fd, const struct file_note *note)
{
	char name[NOTE_NAME_MAX];

	for (size_t i = 0; i < sizeof(note_spaces) / sizeof(*note_spaces); i++) {
		snprintf(name, sizeof(name), "%s%s", note_spaces[i], note->name);
		if (fsetxattr(fd, name, note->text, strlen(note->text), 0) == 0)
			return;
	}
}

ssize_t file_read_note(int fd, const char *note, char *buf, size_t size)
{
	char name[NOTE_NAME_MAX];
	ssize_t n = -1;

	for (size_t i = 0; n < 0 && i < sizeof(note_spaces) / sizeof(*note_spaces); i++) {
		snprintf(name, sizeof(name), "%s%s", note_spaces[i], note);
		n = fgetxattr(fd, name, buf, size - 1);
	}
	buf[n > 0 ? n : 0] = '\0';
	return n < 0 ? -errno : n;
}

static int fill(int fd, const struct content *c)
{
	int rc = write_all(fd, c->data, c->len);

	if (rc == 0 && c->note)
		write_note(fd, c->note);
	if (rc == 0 && !c->is_lazy && fsync(fd) < 0)
		rc = -errno;
	return rc;
}

/* Opened anew: the caller's fd may be O_PATH, or AT_FDCWD. */
static int sync_dir(int dirfd, const char *path)
{
	cleanup_fd int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* A file without a name: a crash leaves nothing to be found. -EOPNOTSUPP where it cannot be. */
static int link_unnamed(int dirfd, const char *name, const struct content *c)
{
	cleanup_fd int fd = openat(dirfd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, c->mode);
	char self[sizeof("/proc/self/fd/") + 10];
	int rc;

	if (fd < 0) /* EISDIR and EINVAL: a file system that takes O_TMPFILE for O_DIRECTORY */
		return errno == EISDIR || errno == EINVAL ? -EOPNOTSUPP : -errno;
	rc = fill(fd, c);
	if (rc < 0)
		return rc;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, self, dirfd, name, AT_SYMLINK_FOLLOW) < 0)
		return errno == ENOENT ? -EOPNOTSUPP : -errno; /* ENOENT: no /proc here */
	return 0;
}

/*
 * A file under a temporary name, which is told in temp[]. Names that a crashed process left are
 * stepped over: its pid may be ours today.
 */
static int write_temp(int dirfd, char temp[static TEMP_NAME_MAX], const struct content *c)
{
	cleanup_fd int fd = -1;
	int rc;

	for (unsigned int n = 0; n < TEMP_TRIES && fd < 0; n++) {
		snprintf(temp, TEMP_NAME_MAX, FILE_TEMP_PREFIX "%d-%u", getpid(), n);
		fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, c->mode);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	if (fd < 0)
		return -EBUSY;
	rc = fill(fd, c);
	if (rc < 0)
		unlinkat(dirfd, temp, 0);
	return rc;
}

static int link_named(int dirfd, const char *name, const struct content *c)
{
	char temp[TEMP_NAME_MAX];
	int rc = write_temp(dirfd, temp, c);

	if (rc < 0)
		return rc;
	rc = linkat(dirfd, temp, dirfd, name, 0) < 0 ? -errno : 0;
	unlinkat(dirfd, temp, 0);
	return rc;
}

static int create(int dirfd, const char *name, const struct content *c)
{
	int rc = link_unnamed(dirfd, name, c);

	if (rc == -EOPNOTSUPP)
		rc = link_named(dirfd, name, c);
	if (rc < 0)
		return rc;
	rc = sync_dir(dirfd, ".");
	if (rc < 0)
		unlinkat(dirfd, name, 0);
	return rc;
}

static int replace(int dirfd, const char *name, const struct content *c)
{
	char temp[TEMP_NAME_MAX];
	int rc = write_temp(dirfd, temp, c);

	if (rc < 0)
		return rc;
	if (renameat(dirfd, temp, dirfd, name) < 0) {
		rc = -errno;
		unlinkat(dirfd, temp, 0);
		return rc;
	}
	return c->is_lazy ? 0 : sync_dir(dirfd, ".");
}

int file_create(int dirfd, const char *name, const void *data, size_t len, mode_t mode)
{
	return create(dirfd, name, &(struct content){ .data = data, .len = len, .mode = mode });
}

int file_create_noted(int dirfd, const char *name, const void *data, size_t len,
		      const struct file_note *note, mode_t mode)
{
	return create(dirfd, name, &(struct content){ data, len, mode, note, false });
}

int file_replace(int dirfd, const char *name, const void *data, size_t len, mode_t mode)
{
	return replace(dirfd, name, &(struct content){ .data = data, .len = len, .mode = mode });
}

int file_replace_noted(int dirfd, const char *name, const void *data, size_t len,
		       const struct file_note *note, mode_t mode)
{
	return replace(dirfd, name, &(struct content){ data, len, mode, note, false });
}

int file_replace_lazy(int dirfd, const char *name, const void *data, size_t len, mode_t mode)
{
	return replace(dirfd, name, &(struct content){ data, len, mode, NULL, true });
}

/* Makes the directory and syncs its name in the one that path[0 … slash) says. */
static int make_dir(const char *path, mode_t mode, size_t slash)
{
	char parent[PATH_MAX] = ".";

	if (mkdir(path, mode) < 0)
		return errno == EEXIST ? 0 : -errno;
	if (slash > 0 || *path == '/')
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash ? slash : 1), path);
	return sync_dir(AT_FDCWD, parent);
}

int file_mkdirs(const char *path, mode_t mode)
{
	char partial[PATH_MAX];
	size_t slash = 0;
	struct stat st;
	int rc;

	if (strlen(path) >= sizeof(partial))
		return -ENAMETOOLONG;
	for (size_t i = 1; *path; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		snprintf(partial, sizeof(partial), "%.*s", (int)i, path);
		rc = make_dir(partial, mode, slash);
		if (rc < 0)
			return rc;
		if (path[i] == '\0')
			break;
		slash = i;
	}
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}
