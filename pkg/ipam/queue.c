// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>
#include <sys/file.h>

#include "pkg/base/cleanup.h"

/*
 * The file holds the number of the next place. A place is a lock on the byte of its number (behind
 * the number itself): taken before the next one can be given, and waited for by the next one alone.
 * It goes with the descriptor (open file description locks), so also when its process is killed.
 */
static int lock_byte(int fd, int command, uint64_t place)
{
	struct flock range = { .l_type = F_WRLCK,
			       .l_whence = SEEK_SET,
			       .l_start = (off_t)(sizeof(place) + (place & INT64_MAX >> 1)),
			       .l_len = 1 };

	return TEMP_FAILURE_RETRY(fcntl(fd, command, &range));
}

/* The number of the place taken; false if there is none to be had. */
static bool take_place(int fd, uint64_t *place)
{
	uint64_t next;
	bool is_taken;

	*place = 0;
	if (TEMP_FAILURE_RETRY(flock(fd, LOCK_EX)) < 0)
		return false;
	if (pread(fd, place, sizeof(*place), 0) != sizeof(*place))
		*place = 1;
	next = *place + 1;
	is_taken = lock_byte(fd, F_OFD_SETLK, *place) == 0 &&
		   pwrite(fd, &next, sizeof(next), 0) == sizeof(next);
	flock(fd, LOCK_UN);
	return is_taken;
}

int queue_wait(int dirfd, const char *name)
{
	cleanup_fd int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	uint64_t place;

	if (fd < 0 || !take_place(fd, &place) || lock_byte(fd, F_OFD_SETLKW, place - 1) < 0)
		return -1;
	return steal_fd(&fd);
}
