// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gale SECONDS CROWD MODULE [SEED]
 *
 * A storm over the ipvlan driver: workers that create, change, delete, send, look, unload and run
 * out of memory at the same time, for so many seconds. Then a netns with a crowd of slaves ends;
 * then all is taken down, and must be gone: slaves, module, namespaces.
 *
 * Prints a line for each kind of act: how often it was done, and tried. Exit status 1 and a line
 * on stderr: an act was never done, or something stayed.
 */
#include "gale.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- chance -------------------------------------------------------------------------------- */

static unsigned int seed;

unsigned int any(unsigned int below)
{
	return (unsigned int)rand_r(&seed) % below;
}

unsigned int address_of(unsigned int number, bool is_v6, uint8_t address[static 16])
{
	static const uint8_t v4[4] = { 10, 0, 0, 1 }, v6[16] = { 0xfd, [15] = 1 };

	memcpy(address, is_v6 ? v6 : v4, is_v6 ? 16 : 4);
	address[is_v6 ? 15 : 3] += number;
	return is_v6 ? 16 : 4;
}

void mac_of(unsigned int master, uint8_t mac[static 6])
{
	memcpy(mac, (uint8_t[]){ 2, 0, 0, 0, 0, 1 + master }, 6);
}

/* ---- workers ------------------------------------------------------------------------------- */

struct worker {
	const struct act *acts;
	pid_t pid;
};

struct tally {
	unsigned long tried, done;
};

static struct worker workers[] = {
	{ changes, 0 }, { changes, 0 }, { changes, 0 }, { traffic, 0 },
	{ traffic, 0 }, { looks, 0 },	{ ends, 0 },
};
static const struct act *const all_acts[] = { changes, traffic, looks, ends };

enum { WORKERS = sizeof(workers) / sizeof(workers[0]), ACTS_MAX = 16, TABLES = 4 };

/* Shared with the workers, who are not alone in counting: a count may be lost. */
static struct tally (*tallies)[ACTS_MAX];

static struct tally *tally_of(const struct act *acts)
{
	unsigned int i = 0;

	while (all_acts[i] != acts)
		i++;
	return tallies[i];
}

static unsigned int choose(const struct act *acts)
{
	unsigned int sum = 0, i;

	for (i = 0; acts[i].name; i++)
		sum += acts[i].weight;
	sum = any(sum);
	for (i = 0; sum >= acts[i].weight; i++)
		sum -= acts[i].weight;
	return i;
}

static void work(struct world *w, const struct act *acts)
{
	struct tally *tally = tally_of(acts);
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < NS_COUNT; i++)
		if (ask_ns_reopen(&w->ns[i]))
			_exit(1);
	for (;;) {
		i = choose(acts);
		tally[i].done += acts[i].commit(w);
		tally[i].tried++;
		if (acts[i].pause_ms)
			usleep(any(acts[i].pause_ms) * 1000);
	}
}

static void workers_start(struct world *w)
{
	unsigned int i, base = seed;

	for (i = 0; i < WORKERS; i++) {
		seed = base + i;
		workers[i].pid = fork();
		if (!workers[i].pid)
			work(w, workers[i].acts);
	}
}

/* Ends those that are left; 0 if all were. */
static int workers_stop(void)
{
	unsigned int i;
	int status, missing = 0;

	for (i = 0; i < WORKERS; i++) {
		kill(workers[i].pid, SIGKILL);
		waitpid(workers[i].pid, &status, 0);
		missing += !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL;
	}
	return missing;
}

/* ---- the story ----------------------------------------------------------------------------- */

static int failures;

static void fail(const char *what, const char *which)
{
	fprintf(stderr, "gale: %s%s\n", what, which);
	failures++;
}

static void die(const char *what, int rc)
{
	fprintf(stderr, "gale: %s: %s\n", what, strerror(-rc));
	exit(1);
}

/* The host's addresses, so that frames of l3 slaves find a way and some are for the host. */
static void world_make(struct world *w)
{
	uint8_t address[16];
	unsigned int i, len;
	int rc;

	for (i = 0; i < NS_COUNT; i++) {
		rc = ask_ns_new(&w->ns[i]);
		if (rc)
			die("netns", rc);
		ask_flags(&w->ns[i], 1, IFF_UP, IFF_UP);
	}
	masters_make(w);
	for (i = 0; i < 4; i++) {
		len = address_of(ADDRESSES + i / 2, i & 1, address);
		ask_address(&w->ns[NS_HOST], RTM_NEWADDR,
			    ask_index(&w->ns[NS_HOST], i & 2 ? "m1" : "m0"), address, len, len * 6);
		len = address_of(ADDRESSES + 4 + i / 2, i & 1, address);
		ask_address(&w->ns[NS_ROUTER], RTM_NEWADDR,
			    ask_index(&w->ns[NS_ROUTER], i & 2 ? "w1" : "w0"), address, len,
			    len * 6);
	}
}

static void report(void)
{
	const struct act *acts;
	unsigned int i, j;

	for (i = 0; i < TABLES; i++) {
		acts = all_acts[i];
		for (j = 0; acts[j].name; j++) {
			printf("%8lu of %8lu  %s\n", tallies[i][j].done, tallies[i][j].tried,
			       acts[j].name);
			if (!tallies[i][j].done)
				fail("never done: ", acts[j].name);
		}
	}
}

static void crowd_end(const struct world *w, unsigned int count)
{
	const struct ns *host = &w->ns[NS_HOST];
	time_t begun = time(NULL);
	char name[16];
	struct ns crowd;
	unsigned int i;
	int master, rc = ask_create(host, "dummy", "crowded", 0, NULL);

	master = ask_index(host, "crowded");
	ask_flags(host, master, IFF_UP, IFF_UP);
	if (!rc)
		rc = ask_ns_new(&crowd);
	for (i = 0; i < count && !rc; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		rc = ask_create_slave(host, name, master, i & 1, 0, &crowd);
		if (!rc)
			rc = ask_flags(&crowd, ask_index(&crowd, name), IFF_UP, IFF_UP);
	}
	if (rc)
		die("the crowd", rc);
	ask_ns_close(&crowd);
	setns(host->fd, CLONE_NEWNET);
	printf("a netns with %u slaves ends (made in %ld s)\n", count, time(NULL) - begun);
}

/* The namespaces that are dying count until they are dead. */
static bool namespaces_end(unsigned int patience_s)
{
	FILE *limit = fopen("/proc/sys/user/max_net_namespaces", "w");

	if (!limit || fputs("1\n", limit) < 0 || fclose(limit))
		return false;
	while (unshare(CLONE_NEWNET)) {
		if (!patience_s--)
			return false;
		sleep(1);
	}
	return true;
}

static void world_end(struct world *w, int home)
{
	char name[16];
	unsigned int i, j;

	for (i = 0; i < NS_COUNT; i++)
		for (j = 0; j < MASTERS; j++) {
			snprintf(name, sizeof(name), "m%u", j);
			ask_delete(&w->ns[i], ask_index(&w->ns[i], name));
		}
	for (i = 0; i < NS_COUNT; i++)
		for (j = 0; j < SLAVES; j++) {
			snprintf(name, sizeof(name), "s%u", j);
			if (ask_index(&w->ns[i], name))
				fail("without a master there still is ", name);
		}
	setns(home, CLONE_NEWNET);
	for (i = 0; i < NS_COUNT; i++)
		ask_ns_close(&w->ns[i]);
	if (!namespaces_end(120))
		fail("a netns does not end", "");
	if (syscall(SYS_delete_module, "ipvlan", 0) || !access("/sys/module/ipvlan", F_OK))
		fail("the module does not go: ", strerror(errno));
}

int main(int argc, char **argv)
{
	static struct world w;
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), missing;

	if (argc < 4)
		die("usage: gale SECONDS CROWD MODULE [SEED]", -EINVAL);
	seed = argc > 4 ? atoi(argv[4]) : time(NULL);
	printf("seed %u\n", seed);
	w.module = argv[3];
	tallies = mmap(NULL, TABLES * sizeof(*tallies), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	world_make(&w);
	workers_start(&w);
	fflush(stdout);
	sleep(atoi(argv[1]));
	missing = workers_stop();
	if (missing)
		fail("a worker ended by itself", "");
	report();
	crowd_end(&w, atoi(argv[2]));
	world_end(&w, home);
	return failures > 0;
}
