/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests in C that print TAP, one program a source file. Each check prints one line with the
 * sentence that it proves; one that fails shows what it got, what it wanted, and where.
 *
 *	is_int(ip_bits(&ip), 32, "%s has 32 bits", text);
 *	…
 *	return test_done();	// at the end of main()
 *
 * A check gives true when it passed, so that what depends on it can be left out.
 */
#ifndef TEST_H
#define TEST_H

#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define is_true(cond, ...)	test_line((cond), __FILE__, __LINE__, #cond, NULL, __VA_ARGS__)
#define is_int(got, want, ...)	test_int((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...)	test_str((got), (want), false, __FILE__, __LINE__, __VA_ARGS__)
/* The text has this part; "" is in each, so it is refused. */
#define has_str(got, part, ...) test_str((got), (part), true, __FILE__, __LINE__, __VA_ARGS__)

static int test_count, test_failed;
static char test_dir_path[64];

static inline void test_show(const char *label, const char *text)
{
	printf("#  %s: ", label);
	for (; *text; text++) {
		putchar(*text);
		if (*text == '\n' && text[1])
			printf("#      ");
	}
	putchar('\n');
}

__attribute__((format(printf, 6, 0))) static inline bool
test_vline(bool passed, const char *file, int line, const char *got, const char *want,
	   const char *sentence, va_list ap)
{
	char text[512];

	vsnprintf(text, sizeof(text), sentence, ap);
	for (char *c = text; *c; c++)
		if (*c == '\n' || *c == '#') /* they mean something to who reads TAP */
			*c = ' ';
	printf("%s %d - %s\n", passed ? "ok" : "not ok", ++test_count, text);
	if (passed)
		return true;
	test_failed++;
	printf("#  at %s:%d\n", file, line);
	test_show(want ? "got" : "false", got);
	if (want)
		test_show("wanted", want);
	return false;
}

__attribute__((format(printf, 6, 7))) static inline bool test_line(bool passed, const char *file,
								   int line, const char *got,
								   const char *want,
								   const char *sentence, ...)
{
	va_list ap;

	va_start(ap, sentence);
	test_vline(passed, file, line, got, want, sentence, ap);
	va_end(ap);
	return passed;
}

__attribute__((format(printf, 5, 6))) static inline bool
test_int(int64_t got, int64_t want, const char *file, int line, const char *sentence, ...)
{
	char got_text[24], want_text[24];
	va_list ap;

	snprintf(got_text, sizeof(got_text), "%" PRId64, got);
	snprintf(want_text, sizeof(want_text), "%" PRId64, want);
	va_start(ap, sentence);
	test_vline(got == want, file, line, got_text, want_text, sentence, ap);
	va_end(ap);
	return got == want;
}

__attribute__((format(printf, 6, 7))) static inline bool test_str(const char *got, const char *want,
								  bool part, const char *file,
								  int line, const char *sentence,
								  ...)
{
	bool same = got && want && (part ? *want && strstr(got, want) : strcmp(got, want) == 0);
	va_list ap;

	va_start(ap, sentence);
	test_vline(same || (!part && !got && !want), file, line, got ? got : "(null)",
		   want ? want : "(null)", sentence, ap);
	va_end(ap);
	return same;
}

static inline int test_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline void test_dir_remove(void)
{
	nftw(test_dir_path, test_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* A directory of this program's own, removed when it ends. */
static inline const char *test_dir(void)
{
	if (test_dir_path[0])
		return test_dir_path;
	strcpy(test_dir_path, "/tmp/ipvlan-test-XXXXXX");
	if (!mkdtemp(test_dir_path)) {
		printf("Bail out! no directory under /tmp\n");
		exit(1);
	}
	atexit(test_dir_remove);
	return test_dir_path;
}

/* Prints the plan. The exit status: 0 when there were checks and all passed. */
static inline int test_done(void)
{
	printf("1..%d\n", test_count);
	return test_failed || !test_count;
}

#endif
