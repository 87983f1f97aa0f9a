/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ownership by scope: what is declared with cleanup_* is given back when the scope ends,
 * unless it was moved out with steal_*.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define cleanup(fn) __attribute__((cleanup(fn)))

static inline void cleanup_fd_fn(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_free_fn(void *p)
{
	free(*(void **)p);
}

#define cleanup_fd   cleanup(cleanup_fd_fn)
#define cleanup_free cleanup(cleanup_free_fn)

static inline int steal_fd(int *fd)
{
	int moved = *fd;

	*fd = -1;
	return moved;
}

#define steal_ptr(pp)                             \
	({                                        \
		__typeof__(*(pp)) _moved = *(pp); \
		*(pp) = NULL;                     \
		_moved;                           \
	})

#endif
