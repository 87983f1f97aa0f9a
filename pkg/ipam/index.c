// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/index.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pkg/ipam/nodes.h"

#define NAME	  "index"
#define NEW_NAME  "index.new"
#define SLOTS_MIN 256

/* What is kept of the directory: whether this index is its. */
struct own {
	char boot[40];
	uint64_t dev, ino;
	int64_t mark_s, mark_ns; /* its mtime; 0: being changed */
	uint32_t hand;
	uint32_t counts[INDEX_OTHER + 1];
};

_Static_assert(sizeof(struct own) <= TABLE_OWN, "it is kept in the table's head");

static struct own *own_of(const struct index *x)
{
	return table_own(&x->table);
}

/* ---- its life ------------------------------------------------------------------------------ */

bool index_open(struct index *x, int side_fd, int dir_fd, const struct facts *here)
{
	const struct own *own;
	struct stat st;

	*x = (struct index){ .side_fd = side_fd };
	if (side_fd < 0 || !here->boot[0] || fstat(dir_fd, &st) < 0 ||
	    !table_open(&x->table, side_fd, NAME))
		return false;
	own = own_of(x);
	return strncmp(own->boot, here->boot, sizeof(own->boot)) == 0 && own->dev == st.st_dev &&
	       own->ino == st.st_ino && own->mark_s == st.st_mtim.tv_sec &&
	       own->mark_ns == st.st_mtim.tv_nsec && own->mark_s;
}

void index_create(struct index *x, int side_fd, size_t n)
{
	*x = (struct index){ .side_fd = side_fd, .is_new = true };
	table_create(&x->table, side_fd, NEW_NAME, n > SLOTS_MIN ? n : SLOTS_MIN);
}

void index_begin(struct index *x)
{
	own_of(x)->mark_s = 0; /* the head's sum is wrong from here on as well */
	x->table.is_changed = true;
}

/*
 * Gives the directory an mtime that no change of a name will ever give it: one between two ticks
 * of the clock that those are stamped with. False if the file system does not keep it.
 */
static bool mark(int dir_fd, struct stat *st)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } }, tick;

	do {
		clock_gettime(CLOCK_REALTIME_COARSE, &tick);
		clock_gettime(CLOCK_REALTIME, &times[1]);
	} while (tick.tv_sec == times[1].tv_sec && tick.tv_nsec == times[1].tv_nsec);
	return futimens(dir_fd, times) == 0 && fstat(dir_fd, st) == 0 &&
	       st->st_mtim.tv_sec == times[1].tv_sec && st->st_mtim.tv_nsec == times[1].tv_nsec;
}

void index_commit(struct index *x, int dir_fd, const struct facts *here)
{
	struct own *own = own_of(x);
	struct stat st;

	if (!x->table.is_changed || index_is_wrong(x) || x->table.is_private || !mark(dir_fd, &st))
		return;
	memcpy(own->boot, here->boot, sizeof(own->boot));
	own->dev = st.st_dev;
	own->ino = st.st_ino;
	own->mark_s = st.st_mtim.tv_sec;
	own->mark_ns = st.st_mtim.tv_nsec;
	table_seal(&x->table);
	if (x->is_new && renameat(x->side_fd, NEW_NAME, x->side_fd, NAME) == 0)
		x->is_new = false;
}

void index_close(struct index *x)
{
	if (x->is_new && x->table.map && !x->table.is_private)
		unlinkat(x->side_fd, NEW_NAME, 0);
	table_close(&x->table);
}

bool index_is_wrong(const struct index *x)
{
	return x->is_known_wrong || x->table.is_damaged;
}

/* ---- slots --------------------------------------------------------------------------------- */

/* A table of twice the size: slots keep their hashes, nothing is read from the directory. */
static void grow(struct index *x)
{
	struct index larger;

	index_create(&larger, x->side_fd, 2 * table_used(&x->table) + SLOTS_MIN);
	memcpy(own_of(&larger), own_of(x), sizeof(struct own));
	for (size_t place = 0; place < table_slots(&x->table); place++) {
		const struct slot *s = table_at(&x->table, place);

		if (s)
			*table_add(&larger.table, s->hash) = *s;
	}
	larger.is_known_wrong = index_is_wrong(x);
	table_close(&x->table);
	*x = larger;
	own_of(x)->mark_s = 0;
}

struct slot *index_add_slot(struct index *x, uint64_t hash)
{
	struct slot *s = table_add(&x->table, hash);

	if (!s && !x->table.is_damaged) {
		grow(x);
		s = table_add(&x->table, hash);
	}
	return s;
}

static struct ip ip_of(const struct slot *s)
{
	struct ip ip = { .family = s->family };

	memcpy(ip.bytes, s->bytes, ip_size(&ip));
	return ip;
}

static struct slot *find_slot(struct index *x, enum index_kind kind, uint64_t hash,
			      const struct ip *ip)
{
	size_t place = TABLE_START;
	struct slot *s;

	while ((s = table_find(&x->table, hash, &place))) {
		struct ip of_slot = ip_of(s);

		if (s->kind == kind && ip_cmp(&of_slot, ip) == 0)
			return s;
	}
	return NULL;
}

/* ---- addresses ----------------------------------------------------------------------------- */

void index_give(struct index *x, const struct ip *ip)
{
	nodes_give(x, ip);
}

bool index_has(struct index *x, const struct ip *ip)
{
	return nodes_has(x, ip);
}

bool index_next_free(struct index *x, const struct ip *first, const struct ip *last, struct ip *ip)
{
	*ip = *first;
	return nodes_next_clear(x, ip) && ip_cmp(ip, last) <= 0;
}

static bool is_counted(enum index_kind kind, uint8_t flags)
{
	return kind != INDEX_HELD || flags & INDEX_EARLIER_BOOT;
}

void index_add(struct index *x, enum index_kind kind, uint64_t hash, const struct ip *ip,
	       uint8_t flags, uint32_t time)
{
	struct slot *s = find_slot(x, kind, hash, ip);

	if (s)
		return;
	nodes_take(x, ip);
	s = index_add_slot(x, hash);
	if (!s)
		return;
	s->kind = (uint8_t)kind;
	s->family = ip->family;
	s->flags = flags;
	s->time = time;
	memcpy(s->bytes, ip->bytes, ip_size(ip));
	own_of(x)->counts[kind] += is_counted(kind, flags);
}

void index_drop(struct index *x, enum index_kind kind, uint64_t hash, const struct ip *ip)
{
	struct slot *s = find_slot(x, kind, hash, ip);

	if (!s)
		return;
	own_of(x)->counts[kind] -= is_counted(kind, s->flags);
	table_remove(&x->table, s);
}

bool index_find(struct index *x, enum index_kind kind, uint64_t hash, size_t *place, struct ip *ip)
{
	const struct slot *s;

	while ((s = table_find(&x->table, hash, place)))
		if (s->kind == kind) {
			*ip = ip_of(s);
			return true;
		}
	return false;
}

size_t index_count(const struct index *x, enum index_kind kind)
{
	return own_of(x)->counts[kind];
}

const struct slot *index_at(struct index *x, size_t place, struct ip *ip)
{
	const struct slot *s = table_at(&x->table, place);

	if (!s || s->kind == INDEX_NODE)
		return NULL;
	*ip = ip_of(s);
	return s;
}

size_t index_hand(const struct index *x)
{
	return own_of(x)->hand;
}

void index_set_hand(struct index *x, size_t place)
{
	own_of(x)->hand = (uint32_t)place;
	x->table.is_changed = true;
}

/* ---- what they are found by ---------------------------------------------------------------- */

static uint64_t hash_text(enum index_kind kind, const char *text)
{
	const uint8_t key = (uint8_t)kind;

	return table_hash(table_hash(TABLE_HASH, &key, 1), text, strlen(text));
}

uint64_t index_of_container(const char *id)
{
	return hash_text(INDEX_HELD, id);
}

uint64_t index_of_pod(const struct facts *f, const char *ifname)
{
	char text[sizeof(f->pod_namespace) + sizeof(f->pod_name) + 300];

	snprintf(text, sizeof(text), "%s/%s/%s", f->pod_namespace, f->pod_name, ifname);
	return hash_text(INDEX_POD, text);
}

uint64_t index_of_ip(const struct ip *ip)
{
	return table_hash(table_hash(TABLE_HASH, &ip->family, 1), ip->bytes, ip_size(ip));
}
