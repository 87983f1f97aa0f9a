// SPDX-License-Identifier: GPL-2.0-or-later
#undef _FORTIFY_SOURCE /* openat() below would be taken for the inline one */
#include "pkg/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "test/unit/test.h"

/* Faults: what these two calls of file.c meet instead of the kernel's answer. */
static int tmpfile_errno; /* of O_TMPFILE; 0: it works */
static int fsync_fails;	  /* the n-th fsync from now on; 0: none */

int openat(int dirfd, const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, int) : 0;
	va_end(ap);
	if (tmpfile_errno && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = tmpfile_errno;
		return -1;
	}
	return (int)syscall(SYS_openat, dirfd, path, flags, mode);
}

int fsync(int fd)
{
	if (fsync_fails && --fsync_fails == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

/* A new empty directory, open. */
static int new_dir(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", test_dir(), name);
	mkdir(path, 0755);
	return open(path, O_RDONLY | O_DIRECTORY);
}

static int entries(int dirfd)
{
	DIR *d = fdopendir(openat(dirfd, ".", O_RDONLY | O_DIRECTORY));
	int n = -2; /* . and .. */

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static const char *content(int dirfd, const char *name)
{
	static char buf[64];

	return file_read(dirfd, name, buf, sizeof(buf)) < 0 ? NULL : buf;
}

static void a_created_file_is_whole_and_alone(void)
{
	int dir = new_dir("create");
	struct stat st = { 0 };

	is_int(file_create(dir, "10.0.0.1", "pod\r\neth0", 9, 0600), 0, "a file is created");
	is_str(content(dir, "10.0.0.1"), "pod\r\neth0", "its content is what was given");
	fstatat(dir, "10.0.0.1", &st, 0);
	is_int(st.st_mode & 07777, 0600, "its mode is what was given");
	is_int(entries(dir), 1, "nothing else is in the directory");
	is_int(file_create(dir, "10.0.0.1", "other", 5, 0600), -EEXIST, "a name is given once");
	is_str(content(dir, "10.0.0.1"), "pod\r\neth0", "the first one stays as it was");
	is_int(entries(dir), 1, "the refused one left nothing");
	is_int(file_create(dir, "empty", "", 0, 0644), 0, "an empty file is created");
	is_str(content(dir, "empty"), "", "it is empty");
	close(dir);
	is_int(file_create(dir, "x", "", 0, 0600), -EBADF,
	       "a directory that is not open is refused");
}

static void without_o_tmpfile_it_is_the_same(void)
{
	static const int refusals[] = { EOPNOTSUPP, EISDIR, EINVAL };
	int dir = new_dir("named");
	char left[32];

	snprintf(left, sizeof(left), ".tmp-%d-0", getpid());
	file_create(dir, left, "left by a crash", 15, 0600);
	for (size_t i = 0; i < 3; i++) {
		char name[8] = { 'f', (char)('0' + i) };

		tmpfile_errno = refusals[i];
		is_int(file_create(dir, name, "whole", 5, 0600), 0, "a file is created after %s",
		       strerror(refusals[i]));
		is_str(content(dir, name), "whole", "its content is what was given");
		is_int(file_create(dir, name, "other", 5, 0600), -EEXIST, "a name is given once");
		is_str(content(dir, name), "whole", "the first one stays as it was");
	}
	is_int(entries(dir), 4, "no temporary name is left but the crashed one's");
	is_str(content(dir, left), "left by a crash", "which is not touched");
	tmpfile_errno = ENOSPC;
	is_int(file_create(dir, "full", "x", 1, 0600), -ENOSPC, "another refusal is told");
	tmpfile_errno = 0;
	close(dir);
}

static void a_replaced_file_has_the_old_content_or_the_new(void)
{
	int dir = new_dir("replace");
	char left[32];

	snprintf(left, sizeof(left), ".tmp-%d-0", getpid());
	is_int(file_replace(dir, "last", "10.0.0.1", 8, 0600), 0, "what is not there is made");
	is_int(file_replace(dir, "last", "10.0.0.22", 9, 0600), 0, "what is there is replaced");
	is_str(content(dir, "last"), "10.0.0.22", "by the new content");
	is_int(entries(dir), 1, "no temporary name is left");
	file_create(dir, left, "", 0, 0600);
	is_int(file_replace(dir, "last", "10.0.0.3", 8, 0600), 0,
	       "a crashed one's name is no hindrance");
	is_str(content(dir, "last"), "10.0.0.3", "and the content is the new one");
	unlinkat(dir, left, 0);
	fsync_fails = 1;
	is_int(file_replace(dir, "last", "x", 1, 0600), -EIO, "content that is not synced fails");
	is_str(content(dir, "last"), "10.0.0.3", "the old content stays");
	mkdirat(dir, "sub", 0755);
	is_int(file_replace(dir, "sub", "x", 1, 0600), -EISDIR, "a directory is not replaced");
	is_int(entries(dir), 2, "no temporary name is left by either failure");
	close(dir);
}

static void a_file_that_cannot_be_synced_does_not_appear(void)
{
	int dir = new_dir("sync");

	for (int named = 0; named < 2; named++) {
		tmpfile_errno = named ? EOPNOTSUPP : 0;
		for (int nth = 1; nth <= 2; nth++) {
			fsync_fails = nth;
			is_int(file_create(dir, "f", "x", 1, 0600), -EIO, "syncing %s fails%s",
			       nth == 1 ? "the content" : "the name",
			       named ? ", without O_TMPFILE" : "");
			is_int(entries(dir), 0, "the directory is as it was");
			is_int(fsync_fails, 0, "both are synced");
		}
	}
	tmpfile_errno = 0;
	close(dir);
}

static void a_file_that_cannot_be_written_does_not_appear(void)
{
	struct rlimit old, small;
	int dir = new_dir("write");

	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ 4, old.rlim_max };
	fflush(stdout);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	for (int named = 0; named < 2; named++) {
		int rc, n;

		tmpfile_errno = named ? EINVAL : 0;
		rc = file_create(dir, "f", "too long", 8, 0600);
		n = entries(dir);
		setrlimit(RLIMIT_FSIZE, &old);
		is_int(rc, -EFBIG, "a full disk is told%s", named ? ", without O_TMPFILE" : "");
		is_int(n, 0, "the directory is as it was");
		fflush(stdout);
		setrlimit(RLIMIT_FSIZE, &small);
	}
	setrlimit(RLIMIT_FSIZE, &old);
	tmpfile_errno = 0;
	close(dir);
}

static void the_directory_may_be_any_kind_of_fd(void)
{
	int dir = new_dir("fds"), path = openat(dir, ".", O_PATH), cwd = open(".", O_RDONLY);

	is_int(file_create(path, "a", "1", 1, 0600), 0, "O_PATH serves to create");
	is_int(file_replace(path, "a", "2", 1, 0600), 0, "O_PATH serves to replace");
	is_str(content(path, "a"), "2", "O_PATH serves to read");
	fchdir(dir);
	is_int(file_create(AT_FDCWD, "b", "1", 1, 0600), 0, "AT_FDCWD serves to create");
	is_str(content(AT_FDCWD, "b"), "1", "AT_FDCWD serves to read");
	fchdir(cwd);
	close(cwd);
	close(path);
	close(dir);
}

static void reading_takes_small_regular_files_alone(void)
{
	int dir = new_dir("read");
	char buf[6];

	file_create(dir, "five", "12345", 5, 0600);
	file_create(dir, "nul", "a\0b", 3, 0600);
	symlinkat("five", dir, "link");
	mkfifoat(dir, "fifo", 0600);
	mkdirat(dir, "sub", 0755);
	is_int(file_read(dir, "five", buf, 6), 5, "its length is returned");
	is_str(buf, "12345", "a NUL is put behind");
	is_int(file_read(dir, "nul", buf, 6), 3, "a NUL inside counts");
	is_int(file_read(dir, "five", buf, 5), -EFBIG, "there must be room for the NUL");
	is_int(file_read(dir, "five", buf, 3), -EFBIG, "there must be room for all");
	is_int(file_read(dir, "none", buf, 6), -ENOENT, "no file is told");
	is_int(file_read(dir, "link", buf, 6), -ELOOP, "a link is not followed");
	is_int(file_read(dir, "fifo", buf, 6), -EINVAL, "a fifo is refused and not waited for");
	is_int(file_read(dir, "sub", buf, 6), -EINVAL, "a directory is refused");
	close(dir);
}

/* Reads what a child writes into a pipe, piece by piece. */
static int read_pipe(size_t len, size_t piece, size_t max, char **out, size_t *got)
{
	char *data = malloc(len + 1);
	int ends[2], rc;

	memset(data, 'x', len);
	fflush(stdout);
	if (pipe(ends) < 0 || !data)
		exit(1);
	if (fork() == 0) {
		close(ends[0]);
		for (size_t at = 0; at < len; at += piece)
			if (write(ends[1], data + at, piece < len - at ? piece : len - at) < 0)
				break;
		_exit(0);
	}
	close(ends[1]);
	rc = file_read_all(ends[0], max, out, got);
	close(ends[0]);
	free(data);
	return rc;
}

static void all_of_a_pipe_is_read_up_to_the_limit(void)
{
	static const struct {
		size_t len, piece, max;
		int rc;
	} rows[] = {
		{ 0, 1, 10, 0 },
		{ 0, 1, 0, 0 },
		{ 10, 3, 10, 0 },
		{ 11, 3, 10, -EFBIG },
		{ 4096, 4096, 4096, 0 },
		{ 4096, 1000, 9999, 0 },
		{ 4097, 4097, 9999, 0 },
		{ 300000, 7777, 300000, 0 },
		{ 300001, 7777, 300000, -EFBIG },
	};

	signal(SIGPIPE, SIG_DFL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *out = NULL;
		size_t got = 0;

		is_int(read_pipe(rows[i].len, rows[i].piece, rows[i].max, &out, &got), rows[i].rc,
		       "%zu bytes with a limit of %zu", rows[i].len, rows[i].max);
		if (rows[i].rc == 0)
			is_true(out && got == rows[i].len && strlen(out) == got,
				"are all there, and a NUL");
		else
			is_true(!out, "give nothing");
		free(out);
	}
	is_int(file_read_all(-1, 10, &(char *){ NULL }, &(size_t){ 0 }), -EBADF,
	       "an fd that is not open is told");
}

static bool is_dir(const char *path, mode_t mode)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == mode;
}

static void directories_are_made_with_all_that_lead_to_them(void)
{
	char path[PATH_MAX + 8];
	int dir = new_dir("mkdirs"), cwd = open(".", O_RDONLY);

	fchdir(dir);
	is_int(file_mkdirs("a/b/c", 0750), 0, "three at one time");
	is_true(is_dir("a", 0750) && is_dir("a/b", 0750) && is_dir("a/b/c", 0750), "are there");
	is_int(file_mkdirs("a/b/c", 0700), 0, "what is there is fine");
	is_true(is_dir("a/b/c", 0750), "and stays as it is");
	is_int(file_mkdirs("d//e/", 0755), 0, "slashes may be many");
	is_true(is_dir("d/e", 0755), "and mean one");
	snprintf(path, sizeof(path), "%s/mkdirs/f/g", test_dir());
	is_int(file_mkdirs(path, 0755), 0, "a path may be absolute");
	is_true(is_dir("f/g", 0755), "and is taken as that");
	is_int(file_mkdirs("/", 0755), 0, "the root is there");
	is_int(file_mkdirs("", 0755), -ENOENT, "no path is refused");
	file_create(dir, "file", "", 0, 0600);
	is_int(file_mkdirs("file", 0755), -ENOTDIR, "a file is no directory");
	is_int(file_mkdirs("file/h", 0755), -ENOTDIR, "a file leads to no directory");
	symlinkat("a", dir, "link");
	is_int(file_mkdirs("link/i", 0755), 0, "a link to a directory leads there");
	is_true(is_dir("a/i", 0755), "as it says");
	symlinkat("nowhere", dir, "dangling");
	is_int(file_mkdirs("dangling", 0755), -ENOENT, "a dangling link is refused");
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	is_int(file_mkdirs(path, 0755), -ENAMETOOLONG, "a path may be too long");
	fsync_fails = 1;
	is_int(file_mkdirs("j", 0755), -EIO, "a name that is not synced is told");
	fchdir(cwd);
	close(cwd);
	close(dir);
}

int main(void)
{
	umask(022);
	a_created_file_is_whole_and_alone();
	without_o_tmpfile_it_is_the_same();
	a_replaced_file_has_the_old_content_or_the_new();
	a_file_that_cannot_be_synced_does_not_appear();
	a_file_that_cannot_be_written_does_not_appear();
	the_directory_may_be_any_kind_of_fd();
	reading_takes_small_regular_files_alone();
	all_of_a_pipe_is_read_up_to_the_limit();
	directories_are_made_with_all_that_lead_to_them();
	return test_done();
}
