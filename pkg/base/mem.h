/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that cannot fail, for the small things that a command builds: where there is no
 * memory left for a few hundred bytes, the process ends (SIGABRT) as if it had been killed, which
 * every command must survive anyway.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static inline void *mem_must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* A zeroed array of n elements. n may be 0. */
static inline void *mem_new(size_t n, size_t size)
{
	return mem_must(calloc(n ? n : 1, size));
}

/* The array with room for n elements; what is new is not zeroed. */
static inline void *mem_resize(void *array, size_t n, size_t size)
{
	return mem_must(reallocarray(array, n ? n : 1, size));
}

/* A copy; NULL of NULL. */
static inline char *mem_str(const char *text)
{
	return text ? (char *)mem_must(strdup(text)) : NULL;
}

/* A copy of a NULL-terminated array of strings, each in memory of its own; NULL of NULL. */
static inline char **mem_strs(const char *const *from)
{
	size_t n = 0;
	char **to;

	if (!from)
		return NULL;
	while (from[n])
		n++;
	to = mem_new(n + 1, sizeof(*to));
	while (n-- > 0)
		to[n] = mem_str(from[n]);
	return to;
}

static inline void mem_strs_free(char **strs)
{
	for (char **s = strs; s && *s; s++)
		free(*s);
	free(strs);
}

#endif
