/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One at a time on this host, for what attachments of all networks share. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "pkg/base/err.h"

/*
 * Waits for the lock; it is held as long as *fd is open, and so never by who was killed. The file
 * (under /run, of root alone) holds nothing and stays. Code 5.
 */
int lock_host(int *fd, struct err *err);

#endif
