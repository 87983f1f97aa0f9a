// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"

#define TALLY_NAME   "tally"
#define TALLY_LAYOUT (0x49505600ULL << 32 | sizeof(struct tally))

const uint32_t tally_bucket_us[TALLY_BUCKETS] = {
	1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 5000000, 30000000
};

uint64_t tally_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void add(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static size_t bucket_of(uint64_t took_ns)
{
	size_t i = 0;

	while (i < TALLY_BUCKETS && took_ns > tally_bucket_us[i] * 1000ULL)
		i++;
	return i;
}

static bool is_whole(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == sizeof(struct tally);
}

void tally_add(enum cni_verb verb, int code, uint64_t took_ns)
{
	cleanup_fd int fd =
		open(TALLY_DIR "/" TALLY_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t bucket = bucket_of(took_ns);
	struct tally *t;

	if (fd < 0 || !is_whole(fd))
		return;
	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (t == MAP_FAILED)
		return;
	if (t->layout == TALLY_LAYOUT) {
		add(&t->ended[verb][code >= 0 && code < TALLY_CODES ? code : TALLY_CODES - 1], 1);
		add(&t->took_ns[verb], took_ns);
		if (bucket < TALLY_BUCKETS)
			add(&t->within[verb][bucket], 1);
	}
	munmap(t, sizeof(*t));
}

/* It appears whole or not at all: who maps it finds all of it. */
static int make(int dirfd, struct err *err)
{
	const struct tally empty = { .layout = TALLY_LAYOUT };
	int rc = file_create(dirfd, TALLY_NAME, &empty, sizeof(empty), 0600);

	if (rc < 0 && rc != -EEXIST)
		return err_errno(err, CNI_ERR_IO, rc, TALLY_DIR "/" TALLY_NAME ": make");
	return 0;
}

int tally_read(struct tally *out, struct err *err)
{
	int rc = file_mkdirs(TALLY_DIR, 0755);
	cleanup_fd int dirfd = rc < 0 ? -1 : open(TALLY_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int fd = -1;

	*out = (struct tally){ 0 };
	if (dirfd < 0)
		return err_errno(err, CNI_ERR_IO, rc < 0 ? rc : -errno, TALLY_DIR);
	rc = make(dirfd, err);
	if (rc < 0)
		return rc;
	fd = openat(dirfd, TALLY_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || !is_whole(fd) || pread(fd, out, sizeof(*out), 0) != sizeof(*out) ||
	    out->layout != TALLY_LAYOUT)
		return err_set(err, CNI_ERR_IO, -EINVAL,
			       TALLY_DIR "/" TALLY_NAME ": not a tally of this version; remove it");
	return 0;
}
