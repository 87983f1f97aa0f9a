// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"

/*
 * The first page is the head; the others hold slots. The last eight bytes of each are the sum of
 * those before them. Linear probing; what is removed is filled from behind, so that there are no
 * graves and a search ends at the first free slot.
 */
#define PAGE	   4096
#define PAGE_SLOTS ((PAGE - sizeof(uint64_t)) / sizeof(struct slot))
#define MAGIC	   0x3130786469766970 /* "ipvidx01" */
#define PAGES_MAX  (1U << 20)

_Static_assert(sizeof(struct slot) == 64, "the layout on disk");

struct head {
	uint64_t magic;
	uint64_t n_pages;
	uint64_t used;
	uint8_t own[TABLE_OWN];
};

enum { PAGE_SEEN = 1, PAGE_CHANGED = 2 };

uint64_t table_hash(uint64_t from, const void *data, size_t len)
{
	const uint8_t *byte = data;

	while (len-- > 0)
		from = (from ^ *byte++) * 0x100000001b3;
	return from ? from : 1;
}

static struct head *head_of(const struct table *t)
{
	return (struct head *)t->map;
}

/* By words, each one rotated in: fast, and any one that is wrong shows. */
static uint64_t sum_of(const uint8_t *page)
{
	uint64_t sum = MAGIC, word;

	for (size_t at = 0; at < PAGE - sizeof(sum); at += sizeof(word)) {
		memcpy(&word, page + at, sizeof(word));
		sum = (sum ^ word) * 0x9e3779b97f4a7c15;
		sum ^= sum >> 29;
	}
	return sum;
}

static bool is_good(const uint8_t *page)
{
	uint64_t sum = sum_of(page);

	return memcmp(page + PAGE - sizeof(sum), &sum, sizeof(sum)) == 0;
}

static void look(struct table *t, size_t page)
{
	if (t->state[page])
		return;
	t->state[page] = PAGE_SEEN;
	if (!is_good(t->map + page * PAGE))
		t->is_damaged = true;
}

static void change(struct table *t, size_t page)
{
	look(t, page);
	t->state[page] |= PAGE_CHANGED;
	t->is_changed = true;
}

void *table_own(const struct table *t)
{
	return head_of(t)->own;
}

size_t table_slots(const struct table *t)
{
	return (t->n_pages - 1) * PAGE_SLOTS;
}

size_t table_used(const struct table *t)
{
	return head_of(t)->used;
}

/* ---- slots --------------------------------------------------------------------------------- */

static size_t page_of(size_t place)
{
	return 1 + place / PAGE_SLOTS;
}

static struct slot *slot_of(struct table *t, size_t place)
{
	look(t, page_of(place));
	return (struct slot *)(t->map + page_of(place) * PAGE) + place % PAGE_SLOTS;
}

static size_t place_of(const struct table *t, const struct slot *s)
{
	size_t at = (size_t)((const uint8_t *)s - t->map);

	return (at / PAGE - 1) * PAGE_SLOTS + at % PAGE / sizeof(*s);
}

/* The hash's high bits are its best. */
static size_t home_of(const struct table *t, uint64_t hash)
{
	return (size_t)((hash ^ hash >> 32) * 0x9e3779b97f4a7c15 >> 20) % table_slots(t);
}

static size_t next_place(const struct table *t, size_t place)
{
	return place + 1 < table_slots(t) ? place + 1 : 0;
}

struct slot *table_at(struct table *t, size_t place)
{
	struct slot *s = slot_of(t, place);

	return s->hash ? s : NULL;
}

struct slot *table_find(struct table *t, uint64_t hash, size_t *place)
{
	size_t home = home_of(t, hash), at = *place == TABLE_START ? home : next_place(t, *place);

	if (*place != TABLE_START && at == home)
		return NULL; /* once round: a table without a free slot is damaged */
	for (size_t n = table_slots(t); n > 0 && !t->is_damaged; n--) {
		struct slot *s = slot_of(t, at);

		if (!s->hash)
			return NULL;
		*place = at;
		if (s->hash == hash)
			return s;
		at = next_place(t, at);
		if (at == home)
			return NULL;
	}
	return NULL;
}

void table_change(struct table *t, const struct slot *s)
{
	change(t, page_of(place_of(t, s)));
}

struct slot *table_add(struct table *t, uint64_t hash)
{
	size_t at = home_of(t, hash);
	struct slot *s;

	if ((head_of(t)->used + 1) * 4 > table_slots(t) * 3)
		return NULL;
	for (size_t n = table_slots(t); n > 0; n--, at = next_place(t, at)) {
		s = slot_of(t, at);
		if (s->hash)
			continue;
		table_change(t, s);
		change(t, 0);
		head_of(t)->used++;
		*s = (struct slot){ .hash = hash };
		return s;
	}
	t->is_damaged = true; /* the head says that there is room */
	return NULL;
}

/* Whether a slot at `at` whose home is `home` may stay when the one at `hole` becomes free. */
static bool may_stay(size_t hole, size_t home, size_t at)
{
	return hole <= at ? hole < home && home <= at : hole < home || home <= at;
}

void table_remove(struct table *t, struct slot *s)
{
	size_t hole = place_of(t, s), at = hole;

	change(t, 0);
	head_of(t)->used--;
	for (size_t n = table_slots(t); n > 0; n--) {
		struct slot *next;

		at = next_place(t, at);
		next = slot_of(t, at);
		if (!next->hash)
			break;
		if (may_stay(hole, home_of(t, next->hash), at))
			continue;
		s = slot_of(t, hole);
		table_change(t, s);
		*s = *next;
		hole = at;
	}
	s = slot_of(t, hole);
	table_change(t, s);
	*s = (struct slot){ 0 };
}

/* ---- its life ------------------------------------------------------------------------------ */

static void seal(struct table *t, size_t page)
{
	uint64_t sum = sum_of(t->map + page * PAGE);

	memcpy(t->map + page * PAGE + PAGE - sizeof(sum), &sum, sizeof(sum));
	t->state[page] = PAGE_SEEN;
}

void table_seal(struct table *t)
{
	for (size_t page = 1; t->is_changed && page < t->n_pages; page++)
		if (t->state[page] & PAGE_CHANGED)
			seal(t, page);
	seal(t, 0);
	t->is_changed = false;
}

static bool map_file(struct table *t, int fd, size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return false;
	t->map = map;
	t->n_pages = size / PAGE;
	t->state = mem_new(t->n_pages, 1);
	return true;
}

bool table_open(struct table *t, int dirfd, const char *name)
{
	cleanup_fd int fd = openat(dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	*t = (struct table){ 0 };
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 2 * PAGE ||
	    st.st_size % PAGE || st.st_size / PAGE > PAGES_MAX)
		return false;
	/* A hole where there is no room left would be found by a signal (SIGBUS). */
	if (st.st_blocks * 512 < st.st_size || !map_file(t, fd, (size_t)st.st_size))
		return false;
	look(t, 0);
	return !t->is_damaged && head_of(t)->magic == MAGIC && head_of(t)->n_pages == t->n_pages &&
	       head_of(t)->used < table_slots(t);
}

/* Under a name of its own until it is filled: what has the name now may still be mapped. */
static bool create_file(struct table *t, int dirfd, const char *name, size_t size)
{
	cleanup_fd int fd = -1;

	if (dirfd < 0)
		return false;
	unlinkat(dirfd, name, 0);
	fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && posix_fallocate(fd, 0, (off_t)size) == 0 && map_file(t, fd, size))
		return true;
	if (fd >= 0)
		unlinkat(dirfd, name, 0);
	return false;
}

void table_create(struct table *t, int dirfd, const char *name, size_t n_slots)
{
	size_t size = (1 + (n_slots * 4 / 3 + PAGE_SLOTS) / PAGE_SLOTS) * PAGE;

	*t = (struct table){ 0 };
	if (!create_file(t, dirfd, name, size)) {
		t->map = mem_must(aligned_alloc(PAGE, size));
		memset(t->map, 0, size);
		t->n_pages = size / PAGE;
		t->state = mem_new(t->n_pages, 1);
		t->is_private = true;
	}
	/* All of it is new, and no sum is right yet. */
	memset(t->state, PAGE_SEEN | PAGE_CHANGED, t->n_pages);
	t->is_changed = true;
	head_of(t)->magic = MAGIC;
	head_of(t)->n_pages = t->n_pages;
}

void table_close(struct table *t)
{
	if (t->is_private)
		free(t->map);
	else if (t->map)
		munmap(t->map, t->n_pages * PAGE);
	free(t->state);
	*t = (struct table){ 0 };
}
