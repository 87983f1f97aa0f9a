/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network namespaces: open one by its path, work inside it. The process has one thread; it is
 * always at home except inside netns_socket() and between netns_enter() and netns_leave().
 */
#ifndef NETNS_NETNS_H
#define NETNS_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/base/err.h"

/*
 * Opens the netns at path. -ENOENT if it is gone: no file of that name, or one that is no longer
 * (or not yet) a mounted namespace; -EINVAL a namespace of another kind. Code 8, the path in the
 * message.
 */
int netns_open(const char *path, int *fd, struct err *err);

/* Opens the one that this process is in. */
int netns_open_self(int *fd, struct err *err);

bool netns_is_same(int fd_a, int fd_b);

/* A socket that lives in the netns; home is where the process is and stays. */
int netns_socket(int netns_fd, int home_fd, int domain, int type, int protocol, int *sock,
		 struct err *err);

/* Enter, and come back. -errno with code 8; a process that cannot come back must not go on. */
int netns_enter(int netns_fd, struct err *err);
void netns_leave(int home_fd);

/*
 * Writes a sysctl of the netns that the process is in, the key in parts that take no "/" or ".."
 * from a name: sysctl_write("ipv4/conf", "eth0", "arp_notify", "1"). -errno, err untouched.
 */
int netns_sysctl_write(const char *group, const char *name, const char *key, const char *value);

/* Reads one, without its line end, cut to what fits. */
int netns_sysctl_read(const char *group, const char *name, const char *key, char *buf, size_t size);

#endif
