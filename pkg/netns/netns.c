// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/netns/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include "pkg/base/cleanup.h"

/* These say that no namespace can be of that name, others only that it was not to be opened. */
static int open_failed(const char *path, int rc, struct err *err)
{
	err_errno(err, CNI_ERR_NETNS, rc, "netns %s: open", path);
	return rc == -ENOTDIR || rc == -ENXIO || rc == -ELOOP || rc == -ENAMETOOLONG ? -ENOENT : rc;
}

int netns_open(const char *path, int *fd, struct err *err)
{
	/* O_NONBLOCK: a FIFO in the place of a namespace must not hold the plugin for ever. */
	cleanup_fd int ns = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct statfs fs;
	int type;

	if (ns < 0)
		return open_failed(path, -errno, err);
	if (fstatfs(ns, &fs) < 0)
		return err_errno(err, CNI_ERR_NETNS, -errno, "netns %s: statfs", path);
	if (fs.f_type != NSFS_MAGIC)
		return err_set(err, CNI_ERR_NETNS, -ENOENT,
			       "netns %s: a file is there, but no namespace is mounted on it",
			       path);
	type = ioctl(ns, NS_GET_NSTYPE);
	if (type < 0)
		return err_errno(err, CNI_ERR_NETNS, -errno, "netns %s: ask for its type", path);
	if (type != CLONE_NEWNET)
		return err_set(err, CNI_ERR_NETNS, -EINVAL,
			       "netns %s: a namespace, but not a network namespace", path);
	*fd = steal_fd(&ns);
	return 0;
}

int netns_open_self(int *fd, struct err *err)
{
	*fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return err_errno(err, CNI_ERR_NETNS, -errno, "own netns: open /proc/self/ns/net");
	return 0;
}

bool netns_is_same(int fd_a, int fd_b)
{
	struct stat a, b;

	return fstat(fd_a, &a) == 0 && fstat(fd_b, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

int netns_enter(int netns_fd, struct err *err)
{
	if (setns(netns_fd, CLONE_NEWNET) < 0)
		return err_errno(err, CNI_ERR_NETNS, -errno, "netns: enter");
	return 0;
}

void netns_leave(int home_fd)
{
	/* What would follow would happen in the wrong netns. */
	if (setns(home_fd, CLONE_NEWNET) < 0)
		abort();
}

int netns_socket(int netns_fd, int home_fd, int domain, int type, int protocol, int *sock,
		 struct err *err)
{
	int rc = netns_enter(netns_fd, err);

	if (rc < 0)
		return rc;
	*sock = socket(domain, type | SOCK_CLOEXEC, protocol);
	if (*sock < 0)
		rc = err_errno(err, CNI_ERR_KERNEL, -errno, "netns: socket");
	netns_leave(home_fd);
	return rc;
}

static int open_sysctl(const char *group, const char *name, const char *key, int flags)
{
	char path[256];
	int fd;

	if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/sys/net/%s/%s/%s", group, name, key);
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int netns_sysctl_write(const char *group, const char *name, const char *key, const char *value)
{
	cleanup_fd int fd = open_sysctl(group, name, key, O_WRONLY);

	if (fd < 0)
		return fd;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

int netns_sysctl_read(const char *group, const char *name, const char *key, char *buf, size_t size)
{
	cleanup_fd int fd = open_sysctl(group, name, key, O_RDONLY);
	ssize_t len = fd < 0 ? 0 : read(fd, buf, size - 1);

	if (fd < 0 || len < 0)
		return fd < 0 ? fd : -errno;
	buf[len] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}
