/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A place in line before a lock that is given to whoever is awake first (flock). Who waits, waits
 * for the one before it alone. Only the order depends on it, never what the lock protects: who dies
 * in line, lets the next one through, and other programs need not stand in it.
 */
#ifndef IPAM_QUEUE_H
#define IPAM_QUEUE_H

/*
 * Takes a place in the line of the file `name` and waits for its turn. A descriptor, which is the
 * place: close it once the lock is released. -1: there can be no line here.
 */
int queue_wait(int dirfd, const char *name);

#endif
