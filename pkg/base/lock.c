// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/file.h>
#include "pkg/base/cleanup.h"

#define LOCK_FILE "/run/ipvlan-cni.lock"

int lock_host(int *fd, struct err *err)
{
	cleanup_fd int lock = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (lock < 0)
		return err_errno(err, CNI_ERR_IO, -errno, "%s: open", LOCK_FILE);
	if (TEMP_FAILURE_RETRY(flock(lock, LOCK_EX)) < 0)
		return err_errno(err, CNI_ERR_IO, -errno, "%s: lock", LOCK_FILE);
	*fd = steal_fd(&lock);
	return 0;
}
