/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of a program in which one system call fails, or at which it is killed (x86-64). */
#ifndef FAULT_INJECT_H
#define FAULT_INJECT_H

#include <stdbool.h>
#include <stddef.h>

enum fault {
	FAULT_NONE, /* just run it */
	FAULT_FAIL, /* the call does nothing and fails, with an errno that it may have */
	FAULT_KILL, /* SIGKILL before it does anything */
};

struct run {
	enum fault fault;
	unsigned int n;	   /* at the n-th call of those that count, from 1 */
	const char *calls; /* ",name,name,": these count; NULL: all that the table knows */

	/* How it went. */
	bool was_injected;
	char where[160]; /* "openat(\"/run/netns/a\") = EMFILE" */
	int status;	 /* as of waitpid() */
	char output[16384];
};

/*
 * Runs it; env ("NAME=value", NULL at the end) is added to ours, input is on its stdin. Calls
 * count from the first read of stdin on: before that a program has only been loaded. A kill counts
 * those calls alone that change something, for between two of them there is nothing to be seen.
 * Programs that it starts run unharmed, but their start (fork, exec) counts. Exits with a message
 * where it cannot trace.
 */
void inject_run(struct run *r, char *const argv[], const char *const env[], const char *input);

#endif
