// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ipam_turns BINARY CONF PROCESSES ADDS
 *
 * ADDS ADDs on one network by PROCESSES processes at once, each one a process of its own as a
 * runtime launches it. Prints how long they waited, and how unfairly: how many ADDs began later
 * than one and ended before it ("overtaken by"). With fair turns that is about as many as wait at
 * one time. Exit status 1 if an ADD failed, an address was given twice, or one was overtaken by
 * more than twice as many as there are processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

struct add {
	double began_ms, ended_ms;
	unsigned int overtaken_by;
	char address[48];
};

static struct add *adds;
static int n_adds, n_processes;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what)
{
	fprintf(stderr, "ipam_turns: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void launch(const char *binary, const char *conf, int n)
{
	char id[64], out_text[4096] = "", *at;
	char *const argv[] = { (char *)binary, NULL };
	char *const env[] = { "CNI_COMMAND=ADD", id, "CNI_NETNS=/none", "CNI_IFNAME=eth0",
			      "CNI_PATH=/none", NULL };
	int out = memfd_create("out", MFD_CLOEXEC), in = open(conf, O_RDONLY | O_CLOEXEC), status;
	pid_t pid;

	snprintf(id, sizeof(id), "CNI_CONTAINERID=turn-%d", n);
	adds[n].began_ms = now_ms();
	pid = vfork();
	if (pid == 0) {
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		execve(binary, argv, env);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("launch");
	adds[n].ended_ms = now_ms();
	if (pread(out, out_text, sizeof(out_text) - 1, 0) < 0)
		die("read");
	at = strstr(out_text, "\"address\": \"");
	if (status == 0 && at)
		snprintf(adds[n].address, sizeof(adds[n].address), "%.*s",
			 (int)strcspn(at + 12, "\""), at + 12);
	else
		fprintf(stderr, "ipam_turns: %s", out_text);
	close(out);
	close(in);
}

static int by_wait(const void *a, const void *b)
{
	const struct add *x = a, *y = b;
	double d = (x->ended_ms - x->began_ms) - (y->ended_ms - y->began_ms);

	return d < 0 ? -1 : d > 0;
}

static int by_address(const void *a, const void *b)
{
	return strcmp(((const struct add *)a)->address, ((const struct add *)b)->address);
}

static int by_turns(const void *a, const void *b)
{
	const struct add *x = a, *y = b;

	return (int)x->overtaken_by - (int)y->overtaken_by;
}

static double wait_of(int percent)
{
	const struct add *a = &adds[(n_adds - 1) * percent / 100];

	return a->ended_ms - a->began_ms;
}

static int report(double total_ms)
{
	int failed = 0, twice = 0, unfair;

	for (int i = 0; i < n_adds; i++)
		for (int k = 0; k < n_adds; k++)
			adds[i].overtaken_by += adds[k].began_ms > adds[i].began_ms &&
						adds[k].ended_ms < adds[i].ended_ms;
	qsort(adds, (size_t)n_adds, sizeof(*adds), by_address);
	for (int i = 0; i < n_adds; i++) {
		failed += !adds[i].address[0];
		twice += i && adds[i].address[0] && by_address(&adds[i - 1], &adds[i]) == 0;
	}
	printf("%d ADDs by %d processes in %.0f ms: %d failed, %d addresses given twice\n", n_adds,
	       n_processes, total_ms, failed, twice);
	qsort(adds, (size_t)n_adds, sizeof(*adds), by_wait);
	printf("ms each: median %.0f, 90 %% %.0f, 99 %% %.0f, longest %.0f (%.1f times the median)\n",
	       wait_of(50), wait_of(90), wait_of(99), wait_of(100), wait_of(100) / wait_of(50));
	qsort(adds, (size_t)n_adds, sizeof(*adds), by_turns);
	unfair = (int)adds[n_adds - 1].overtaken_by;
	printf("overtaken by: median %u, 99 %% %u, most %d (%d are there at one time)\n",
	       adds[n_adds / 2].overtaken_by, adds[(n_adds - 1) * 99 / 100].overtaken_by, unfair,
	       n_processes);
	return failed || twice || unfair > 2 * n_processes;
}

int main(int argc, char **argv)
{
	double began;

	if (argc != 5) {
		fprintf(stderr, "usage: ipam_turns BINARY CONF PROCESSES ADDS\n");
		return 2;
	}
	n_processes = atoi(argv[3]);
	n_adds = atoi(argv[4]);
	adds = mmap(NULL, (size_t)n_adds * sizeof(*adds), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (adds == MAP_FAILED || n_processes < 1 || n_adds < 1)
		die("memory");
	began = now_ms();
	for (int p = 0; p < n_processes; p++)
		if (fork() == 0) {
			for (int n = p; n < n_adds; n += n_processes)
				launch(argv[1], argv[2], n);
			_exit(0);
		}
	for (int p = 0; p < n_processes; p++)
		if (wait(NULL) < 0)
			die("wait");
	return report(now_ms() - began);
}
