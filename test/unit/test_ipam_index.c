// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The index beside a network's directory: derived, never trusted further than it can be verified.
 */
#include "pkg/ipam/index.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "test/unit/test_ipam.h"

#define ADDRESSES 4096

static uint32_t random_state = 1;

static unsigned int random_below(unsigned int limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % limit;
}

/* ---- the bits ------------------------------------------------------------------------------ */

/* 10.1.x.y, or dead::x:y at the end of a /64. */
static struct ip nth(unsigned int n, bool is_v6)
{
	struct ip ip = ip_of(is_v6 ? "fd00::ffff:ffff:ffff:0000" : "10.1.0.0");
	size_t last = ip_size(&ip) - 1;

	ip.bytes[last] = n & 0xff;
	ip.bytes[last - 1] = (uint8_t)(n >> 8);
	return ip;
}

static unsigned int model_next(const bool *taken, unsigned int from)
{
	while (from < ADDRESSES && taken[from])
		from++;
	return from;
}

static void the_next_free_one_is_that_of_a_simple_search(bool is_v6)
{
	static bool taken[ADDRESSES];
	unsigned int wrong = 0;
	struct index x;

	memset(taken, 0, sizeof(taken));
	index_create(&x, -1, 4);
	for (unsigned int step = 0; step < 20000; step++) {
		/* Runs, so that nodes become full and are opened again. */
		unsigned int n = random_below(ADDRESSES), run = 1 + random_below(600);
		bool is_taking = random_below(3) > 0;
		struct ip ip, first, last = nth(ADDRESSES - 1, is_v6), found;
		unsigned int want;

		if (step % 50)
			run = 1;
		for (; run-- > 0 && n < ADDRESSES; n++) {
			ip = nth(n, is_v6);
			if (is_taking && !taken[n])
				index_add(&x, INDEX_HELD, index_of_ip(&ip), &ip, 0, 0);
			if (!is_taking && taken[n]) {
				index_drop(&x, INDEX_HELD, index_of_ip(&ip), &ip);
				index_give(&x, &ip);
			}
			taken[n] = is_taking;
		}
		n = random_below(ADDRESSES);
		first = nth(n, is_v6);
		want = model_next(taken, n);
		if (index_next_free(&x, &first, &last, &found) != (want < ADDRESSES))
			wrong++;
		else if (want < ADDRESSES && (ip = nth(want, is_v6), ip_cmp(&ip, &found) != 0))
			wrong++;
		wrong += index_has(&x, &first) != taken[n];
	}
	is_int(wrong, 0, "20000 changes, runs of 600 among them, %s", is_v6 ? "IPv6" : "IPv4");
	is_true(!index_is_wrong(&x), "and nothing in it is damaged");
	index_close(&x);
}

static void what_is_emptied_takes_no_room(void)
{
	struct index x;
	size_t used;

	index_create(&x, -1, 4);
	used = table_used(&x.table);
	for (int round = 0; round < 2; round++)
		for (unsigned int n = 0; n < ADDRESSES; n++) {
			struct ip ip = nth(n, n & 1);

			if (round == 0) {
				index_add(&x, INDEX_HELD, index_of_ip(&ip), &ip, 0, 0);
			} else {
				index_drop(&x, INDEX_HELD, index_of_ip(&ip), &ip);
				index_give(&x, &ip);
			}
		}
	is_int((int64_t)table_used(&x.table), (int64_t)used, "all slots are free again");
	index_close(&x);
}

/* ---- whose it is, and whether it still is -------------------------------------------------- */

static const char *index_path(const char *data_dir)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/.ipvlan/" NETWORK "/index", data_dir);
	return path;
}

static ino_t inode_of_index(const char *data_dir)
{
	struct stat st;

	return stat(index_path(data_dir), &st) < 0 ? 0 : st.st_ino;
}

static void it_is_kept_and_used_again(void)
{
	const char *dir = new_data_dir();
	ino_t first;

	reserve_in(dir, "10.1.0.2", &c1);
	first = inode_of_index(dir);
	is_true(first != 0, "the first command makes it");
	reserve_in(dir, "10.1.0.3", &c2);
	is_int(held_in(dir, &c1), 1, "what it says is so");
	release_in(dir, &c2);
	is_true(inode_of_index(dir) == first, "and no command makes it anew");
	unlink(index_path(dir));
	is_int(held_in(dir, &c1), 1, "without it nothing is different");
	is_true(inode_of_index(dir) != 0, "and it is there again");
}

/*
 * Each change by another host-local, however soon behind ours, is seen. In memory, where no fsync
 * takes its time: all of it happens in one tick of the clock that kernels before 6.13 stamp with.
 */
static void others_writing_meanwhile_are_seen(void)
{
	const struct owner other = { "other", "eth0" };
	char dir[] = "/dev/shm/ipvlan-test-XXXXXX";
	int missed_adds = 0, missed_dels = 0;

	if (!mkdtemp(dir))
		abort();
	for (int i = 0; i < 100; i++) {
		reserve_in(dir, "10.1.0.2", &c1);
		put_text(dir, "10.1.0.3", "other\r\neth0");
		missed_adds += held_in(dir, &other) != 1;
		release_in(dir, &c1);
		unlink(path_of(dir, "10.1.0.3"));
		missed_dels += strcmp(next_free_in(dir, "10.1.0.2", "10.1.0.9"), "10.1.0.2") != 0;
		missed_dels += strcmp(next_free_in(dir, "10.1.0.3", "10.1.0.9"), "10.1.0.3") != 0;
	}
	is_int(missed_adds, 0, "100 reservations in the tick of ours");
	is_int(missed_dels, 0, "100 releases in the tick of ours");
	nftw(dir, test_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static void a_damaged_one_is_made_anew(void)
{
	const char *dir = new_data_dir();
	int wrong = 0, damaged = 0, fd;
	struct stat st;

	for (int i = 2; i < 60; i++) {
		char ip[IP_STR_MAX], id[32];

		snprintf(ip, sizeof(ip), "10.1.0.%d", i);
		snprintf(id, sizeof(id), "id%d", i);
		reserve_in(dir, ip, &(struct owner){ id, "eth0" });
	}
	stat(index_path(dir), &st);
	for (off_t at = 0; at < st.st_size; at += 1 + at % 3) {
		uint8_t byte = 0;
		const struct owner o = { "id7", "eth0" };

		fd = open(index_path(dir), O_RDWR);
		wrong += pread(fd, &byte, 1, at) != 1;
		if (!byte) {
			close(fd);
			continue;
		}
		damaged++;
		byte ^= 0x10;
		wrong += pwrite(fd, &byte, 1, at) != 1;
		close(fd);
		wrong += held_in(dir, &o) != 1;
		wrong += strcmp(next_free_in(dir, "10.1.0.2", "10.1.0.99"), "10.1.0.60") != 0;
	}
	is_int(wrong, 0, "one of its bytes changed, %d times", damaged);
	is_true(damaged > 300, "bytes that meant something");
	truncate(index_path(dir), 5000);
	is_int(held_in(dir, &(struct owner){ "id7", "eth0" }), 1, "one cut off");
	truncate(index_path(dir), 0);
	is_int(held_in(dir, &(struct owner){ "id7", "eth0" }), 1, "one that is empty");
	unlink(index_path(dir));
	mkdir(index_path(dir), 0700);
	is_int(held_in(dir, &(struct owner){ "id7", "eth0" }), 1, "a directory of its name");
	is_int(release_in(dir, &(struct owner){ "id7", "eth0" }), 1, "does not harm a command");
}

/* As if the node had been started again: pages may be older than others then. */
static void one_of_another_boot_does_not_count(void)
{
	const char *dir = new_data_dir();
	int status;
	pid_t pid;

	reserve_in(dir, "10.1.0.2", &c1);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		char boot[128];
		ino_t before = inode_of_index(dir);

		/* facts_here() asks once; this process has asked already. */
		snprintf(boot, sizeof(boot), "%s/boot", dir);
		put_text(dir, "../boot", "11111111-2222-3333-4444-555555555555\n");
		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount(boot, "/proc/sys/kernel/random/boot_id", NULL, MS_BIND, NULL))
			_exit(2);
		execl("/proc/self/exe", "index", "held", dir, NULL);
		_exit(before ? 3 : 4);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a command of another boot makes its own");
}

/* The second life of this program: what a command in the other boot finds. */
static int held_elsewhere(const char *dir)
{
	ino_t before = inode_of_index(dir);

	return held_in(dir, &c1) == 1 && inode_of_index(dir) != before ? 0 : 1;
}

static void where_it_cannot_be_kept_all_works(void)
{
	const char *dir = new_data_dir();
	char side[256];
	int fd;

	snprintf(side, sizeof(side), "%s/.ipvlan", dir);
	fd = open(side, O_CREAT | O_WRONLY, 0600);
	close(fd);
	is_int(reserve_in(dir, "10.1.0.2", &c1), 0, "it reserves");
	is_int(reserve_in(dir, "10.1.0.2", &c2), -EEXIST, "once");
	is_str(next_free_in(dir, "10.1.0.2", "10.1.0.9"), "10.1.0.3", "it finds what is free");
	is_int(release_in(dir, &c1), 1, "it releases");
}

static void a_full_16_says_so_at_once(void)
{
	struct ip first = ip_of("10.1.0.0"), last = ip_of("10.1.255.255"), found;
	struct index x;

	index_create(&x, -1, 70000);
	for (unsigned int n = 0; n < 65536; n++) {
		struct ip ip = nth(n, false);

		index_add(&x, INDEX_HELD, index_of_ip(&ip), &ip, 0, 0);
	}
	is_true(!index_next_free(&x, &first, &last, &found), "nothing is free");
	memset(x.table.state, 0, x.table.n_pages);
	table_seal(&x.table);
	x.table.is_damaged = false;
	index_next_free(&x, &first, &last, &found);
	{
		size_t seen = 0;

		for (size_t page = 0; page < x.table.n_pages; page++)
			seen += x.table.state[page] != 0;
		is_true(seen <= 8, "and that took %zu of its %zu pages", seen, x.table.n_pages);
	}
	index_close(&x);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "held") == 0)
		return held_elsewhere(argv[2]);
	the_next_free_one_is_that_of_a_simple_search(false);
	the_next_free_one_is_that_of_a_simple_search(true);
	what_is_emptied_takes_no_room();
	it_is_kept_and_used_again();
	others_writing_meanwhile_are_seen();
	a_damaged_one_is_made_anew();
	one_of_another_boot_does_not_count();
	where_it_cannot_be_kept_all_works();
	a_full_16_says_so_at_once();
	return test_done();
}
