/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is measured, in instructions: either between two readings of the clock, which counts them
 * in a guest under -icount, or in a window, of which the emulator's plugin (count.c) tells what
 * the kernel did in it, asleep or awake, function by function. Windows do not nest.
 */
#ifndef BENCH_WINDOW_H
#define BENCH_WINDOW_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The linker puts the two sections at addresses that the plugin watches and no other program uses
 * (test/bench/datapath says which).
 */
#define WINDOW_AT(where) __attribute__((noinline, noclone, used, section(where)))

WINDOW_AT(".window_begin") static void window_begin(void)
{
	__asm__ volatile("" ::: "memory");
}

WINDOW_AT(".window_end") static void window_end(void)
{
	__asm__ volatile("" ::: "memory");
}

/* The window that has just ended: how many times what it measures was done in it. */
static inline void window_print(const char *name, int times)
{
	printf("window:%s %d\n", name, times);
}

static inline uint64_t instructions(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

static inline int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static inline void print_median(const char *name, uint64_t *samples, int n)
{
	qsort(samples, (size_t)n, sizeof(*samples), by_size);
	printf("%s %llu\n", name, (unsigned long long)samples[n / 2]);
}

#endif
