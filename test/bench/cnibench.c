// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cnibench ROUNDS NETNS NAME=BINARY:CONF…
 *
 * Runs ADD and then DEL with each plugin in turn, ROUNDS times (and twice before, to warm up), so
 * that what else the machine does hits all of them alike. Prints a line for each plugin and verb:
 * wall time and CPU time (median, quartiles) in microseconds, and the peak memory of the process
 * itself, children not counted. A plugin is launched as a runtime does it: vfork and exec,
 * configuration on stdin.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define WARM_UP 2
#define PLUGINS_MAX 16

enum verb { ADD, DEL, VERBS };

static const char *const verbs[] = { "ADD", "DEL" };

struct sample {
	double wall_us, cpu_us;
	long rss_kib;
};

struct plugin {
	const char *name, *binary;
	int conf_fd;
	struct sample *samples[VERBS];
};

static void die(const char *what)
{
	fprintf(stderr, "cnibench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double us(const struct timeval *t)
{
	return (double)t->tv_sec * 1e6 + (double)t->tv_usec;
}

static void show_output(const struct plugin *p, enum verb verb, int out)
{
	char text[4096];
	ssize_t n = pread(out, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	fprintf(stderr, "cnibench: %s: %s failed: %s\n", p->name, verbs[verb], text);
	exit(1);
}

static struct sample launch(const struct plugin *p, enum verb verb, const char *netns, int round)
{
	char command[32], id[64], ns[512];
	char *const argv[] = { (char *)p->binary, NULL };
	char *const env[] = { command, id, ns, "CNI_IFNAME=eth0", "CNI_PATH=/usr/lib/cni", NULL };
	int out = memfd_create("out", MFD_CLOEXEC), status;
	struct rusage usage;
	double began;
	pid_t pid;

	snprintf(command, sizeof(command), "CNI_COMMAND=%s", verbs[verb]);
	snprintf(id, sizeof(id), "CNI_CONTAINERID=bench-%d", round);
	snprintf(ns, sizeof(ns), "CNI_NETNS=%s", netns);
	lseek(p->conf_fd, 0, SEEK_SET);
	began = now_us();
	pid = vfork();
	if (pid == 0) {
		dup2(p->conf_fd, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		execve(p->binary, argv, env);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		die("wait");
	began = now_us() - began;
	if (status)
		show_output(p, verb, out);
	close(out);
	return (struct sample){ began, us(&usage.ru_utime) + us(&usage.ru_stime),
				usage.ru_maxrss };
}

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_quartiles(const struct sample *s, int n, size_t field)
{
	double *v = calloc((size_t)n, sizeof(*v));

	if (!v)
		die("memory");
	for (int i = 0; i < n; i++)
		v[i] = *(const double *)((const char *)&s[i] + field);
	qsort(v, (size_t)n, sizeof(*v), by_number);
	printf("  %8.0f (%.0f-%.0f)", v[n / 2], v[n / 4], v[n * 3 / 4]);
	free(v);
}

static void print_plugin(const struct plugin *p, enum verb verb, int n)
{
	long rss = 0;

	for (int i = 0; i < n; i++)
		rss = p->samples[verb][i].rss_kib > rss ? p->samples[verb][i].rss_kib : rss;
	printf("%-4s %-16s n=%-4d wall us", verbs[verb], p->name, n);
	print_quartiles(p->samples[verb], n, offsetof(struct sample, wall_us));
	printf("  cpu us");
	print_quartiles(p->samples[verb], n, offsetof(struct sample, cpu_us));
	printf("  peak %ld KiB\n", rss);
}

static void open_plugin(struct plugin *p, char *arg, int rounds)
{
	p->name = strsep(&arg, "=");
	p->binary = arg ? strsep(&arg, ":") : NULL;
	if (!arg) {
		errno = EINVAL;
		die(p->name);
	}
	p->conf_fd = open(arg, O_RDONLY | O_CLOEXEC);
	if (p->conf_fd < 0)
		die(arg);
	for (int v = 0; v < VERBS; v++) {
		p->samples[v] = calloc((size_t)rounds, sizeof(struct sample));
		if (!p->samples[v])
			die("memory");
	}
}

int main(int argc, char **argv)
{
	struct plugin plugins[PLUGINS_MAX];
	int rounds = argc > 1 ? atoi(argv[1]) : 0, n = argc - 3;

	if (rounds < 1 || n < 1 || n > PLUGINS_MAX) {
		fprintf(stderr, "usage: cnibench ROUNDS NETNS NAME=BINARY:CONF...\n");
		return 2;
	}
	for (int i = 0; i < n; i++)
		open_plugin(&plugins[i], argv[i + 3], rounds);
	for (int round = -WARM_UP; round < rounds; round++)
		for (int i = 0; i < n; i++)
			for (int v = 0; v < VERBS; v++) {
				struct sample s = launch(&plugins[i], v, argv[2], round);

				if (round >= 0)
					plugins[i].samples[v][round] = s;
			}
	for (int v = 0; v < VERBS; v++)
		for (int i = 0; i < n; i++)
			print_plugin(&plugins[i], v, rounds);
	return 0;
}
