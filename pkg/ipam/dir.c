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
#include "pkg/ipam/queue.h"

#define LOCK_NAME  "lock"
#define SIDE_NAME  ".ipvlan" /* no network can have it: their names begin with a letter or digit */
#define REST_NAME  "rest"
#define QUEUE_NAME "queue"

int dir_error(const struct dir *d, const char *name, int rc, struct err *err)
{
	return err_errno(err, CNI_ERR_STATE, rc, "ipam: %s/%s", d->path, name);
}

/* The directory of that name, made if need be; -1 if there is none. */
static int open_below(int fd, const char *name)
{
	if (mkdirat(fd, name, 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Nothing depends on it: without it each command reads the directory. */
static void open_side(struct dir *d, const char *data_dir, const char *network)
{
	cleanup_fd int data = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int side = data < 0 ? -1 : open_below(data, SIDE_NAME);

	if (side >= 0)
		d->side_fd = open_below(side, network);
	if (d->side_fd >= 0)
		d->rest_fd = open_below(d->side_fd, REST_NAME);
}

/*
 * Without create a missing lock file is not made: no reference has been here then, it makes the
 * file before all else; and what may be done to a store that was only opened to look or to
 * release is one unlink a file.
 */
static int open_lock(struct dir *d, bool create, struct err *err)
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
	return 0;
}

/* The lock itself is given to anybody: in line for it stand those who know of the line. */
static int take_lock(struct dir *d, const char *data_dir, const char *network, struct err *err)
{
	open_side(d, data_dir, network);
	if (d->side_fd >= 0)
		d->queue_fd = queue_wait(d->side_fd, QUEUE_NAME);
	if (TEMP_FAILURE_RETRY(flock(d->lock_fd, LOCK_EX)) < 0)
		return dir_error(d, LOCK_NAME, -errno, err);
	return 0;
}

static int open_network(struct dir *d, bool create)
{
	int rc = create ? file_mkdirs(d->path, 0755) : 0;

	if (rc == 0)
		d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return rc == 0 && d->fd < 0 ? -errno : rc;
}

int dir_open(struct dir *d, const char *data_dir, const char *network, bool create, struct err *err)
{
	int rc;

	*d = (struct dir){ .fd = -1, .lock_fd = -1, .queue_fd = -1, .side_fd = -1, .rest_fd = -1 };
	if (!*network || strchr(network, '/') || network[0] == '.')
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "ipam: network name \"%s\" cannot name a directory", network);
	if (asprintf(&d->path, "%s/%s", data_dir, network) < 0)
		abort(); /* as pkg/base/mem.h */
	rc = open_network(d, create);
	if (rc == -ENOENT && !create)
		return rc;
	if (rc < 0)
		return err_errno(err, CNI_ERR_STATE, rc, "ipam: %s", d->path);
	rc = open_lock(d, create, err);
	return rc < 0 || d->lock_fd < 0 ? rc : take_lock(d, data_dir, network, err);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void dir_close(struct dir *d)
{
	close_fd(d->rest_fd);
	close_fd(d->side_fd);
	close_fd(d->lock_fd); /* the lock goes with its only descriptor */
	close_fd(d->queue_fd);
	close_fd(d->fd);
	free(d->path);
}

/* Calls fn for each name; -errno. */
static int each_name(int dir_fd, void (*fn)(const char *name, void *ctx), void *ctx)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!stream) {
		rc = -errno;
		close_fd(fd);
		return rc;
	}
	while (errno = 0, (entry = readdir(stream)) != NULL)
		fn(entry->d_name, ctx);
	rc = -errno;
	closedir(stream);
	return rc;
}

struct listing {
	const struct dir *dir;
	struct ips *names;
};

/* What is neither an address nor a leftover (the lock, cursors, anybody's) is let be. */
static void note_name(const char *name, void *ctx)
{
	const struct listing *l = ctx;
	struct ip ip;

	if (ip_parse(name, &ip) == 0)
		ips_append(l->names, &ip);
	else if (l->dir->lock_fd >= 0 &&
		 strncmp(name, FILE_TEMP_PREFIX, strlen(FILE_TEMP_PREFIX)) == 0)
		unlinkat(l->dir->fd, name, 0); /* who writes holds the lock: its writer is dead */
}

int dir_list(const struct dir *d, struct ips *names, struct err *err)
{
	struct listing l = { d, names };
	int rc = each_name(d->fd, note_name, &l);

	return rc < 0 ? dir_error(d, ".", rc, err) : 0;
}

static void note_rest(const char *name, void *ctx)
{
	struct ip ip;

	if (ip_parse(name, &ip) == 0)
		ips_append(ctx, &ip);
}

void dir_list_rest(const struct dir *d, struct ips *names)
{
	if (d->rest_fd >= 0)
		each_name(d->rest_fd, note_rest, names);
}

static ssize_t read_record(int dir_fd, const char *name, struct record *r)
{
	char note[FACTS_MAX];
	struct stat st;
	/* As file_read(), which keeps the descriptor to itself. */
	cleanup_fd int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t len;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	len = TEMP_FAILURE_RETRY(read(fd, r->text, sizeof(r->text)));
	if (len < 0)
		return -errno;
	if ((size_t)len >= sizeof(r->text))
		return -EFBIG;
	r->text[len] = '\0';
	file_read_note(fd, FACTS_NOTE, note, sizeof(note));
	facts_parse(note, &r->facts);
	record_parse(r->text, &r->owner);
	r->since_s = st.st_mtim.tv_sec;
	r->changed_s = st.st_ctim.tv_sec;
	return len;
}

int dir_read(const struct dir *d, const struct ip *ip, struct record *r, struct err *err)
{
	char name[IP_STR_MAX];
	ssize_t len = read_record(d->fd, ip_format(ip, name), r);

	switch (len) {
	default:
		return len < 0 ? dir_error(d, name, (int)len, err) : 1;
	case -ENOENT: /* another spelling */
	case -ELOOP:  /* a link */
	case -ENXIO:  /* a socket */
	case -EINVAL: /* a directory, a fifo */
	case -EFBIG:
		return 0;
	}
}

bool dir_read_rest(const struct dir *d, const struct ip *ip, struct record *r)
{
	char name[IP_STR_MAX];

	return d->rest_fd >= 0 && read_record(d->rest_fd, ip_format(ip, name), r) >= 0;
}

int dir_remove(const struct dir *d, const struct ip *ip, bool rests, struct err *err)
{
	char name[IP_STR_MAX];

	ip_format(ip, name);
	/* A rename leaves the facts with it, and stamps when it was (ctime). */
	if (rests && d->rest_fd >= 0 && renameat(d->fd, name, d->rest_fd, name) == 0)
		return 1;
	if (unlinkat(d->fd, name, 0) == 0)
		return 1;
	return errno == ENOENT ? 0 : dir_error(d, name, -errno, err);
}

void dir_remove_rest(const struct dir *d, const struct ip *ip)
{
	char name[IP_STR_MAX];

	if (d->rest_fd >= 0)
		unlinkat(d->rest_fd, ip_format(ip, name), 0);
}

int dir_sync(const struct dir *d, struct err *err)
{
	return fsync(d->fd) < 0 ? dir_error(d, ".", -errno, err) : 0;
}
