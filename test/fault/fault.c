// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plugin as a runtime runs it, with a fault: each system call that counts fails once, or the
 * plugin is killed there, on ADD, DEL, CHECK or GC. Afterwards nothing may be there that was not
 * there before: no link, address, route, rule, file.
 *
 *   fault [-k] [-c CALL,CALL…] [-f] [-u] [-v] [-d DIRECTORY]… VERB PLUGIN NETNS CONF
 *
 *   -k  kill instead of failing
 *   -c  these system calls only
 *   -f  from nothing: the directories are removed before each ADD
 *   -u  CONF makes ADD fail, so that it is its undoing that is disturbed
 *   -v  an ADD that succeeded all the same has to stand a CHECK
 *   -d  to look at
 *
 * Of VERB the 1st call fails, the 2nd, … until the end came before the n-th: then every one had its
 * turn. It runs in the node's netns. What is left over is told with the call; the last line counts.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/fault/inject.h"
#include "test/fault/state.h"

#define DIRS_MAX   4
#define REPORT_MAX 25 /* faults that are told in full */

static struct {
	enum fault fault;
	char *calls;
	bool from_nothing, undoes, checks;
	const char *verb, *dirs[DIRS_MAX + 1];
	char *plugin, *netns, *conf;
} asked = { .fault = FAULT_FAIL };

static struct watch watch;
static char before[STATE_MAX], made[STATE_MAX], now[STATE_MAX];
static char answer[16384]; /* of the ADD that succeeded last: a later verb's prevResult */
static unsigned int faults, coped, wrong;

/* ---- running ------------------------------------------------------------------------------- */

/* CONF with what a runtime puts in for the verb. */
static char *request_for(const char *verb)
{
	char *text = NULL;
	int len = (int)strlen(asked.conf) - 1; /* without its last brace */

	if (strcmp(verb, "GC") == 0)
		len = asprintf(&text, "%.*s,\"cni.dev/valid-attachments\":[]}", len, asked.conf);
	else if (strcmp(verb, "ADD") != 0 && answer[0])
		len = asprintf(&text, "%.*s,\"prevResult\":%s}", len, asked.conf, answer);
	else
		len = asprintf(&text, "%s", asked.conf);
	if (len < 0)
		err(1, "memory");
	return text;
}

/* fault and n: see struct run. */
static void run(const char *verb, enum fault fault, unsigned int n, struct run *r)
{
	char command[32], netns[256], *argv[] = { asked.plugin, NULL };
	const char *env[] = { command, netns, "CNI_CONTAINERID=fault", "CNI_IFNAME=eth0", NULL };
	char *request = request_for(verb);

	snprintf(command, sizeof(command), "CNI_COMMAND=%s", verb);
	snprintf(netns, sizeof(netns), "CNI_NETNS=%s", asked.netns);
	*r = (struct run){ .fault = fault, .n = n, .calls = asked.calls };
	inject_run(r, argv, env, request);
	free(request);
}

static bool succeeded(const struct run *r)
{
	return WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0;
}

static void must(const char *verb)
{
	struct run r;

	run(verb, FAULT_NONE, 0, &r);
	if (!succeeded(&r))
		errx(1, "%s without any fault: %s", verb, r.output);
	if (strcmp(verb, "ADD") == 0)
		strcpy(answer, r.output);
}

static void remove_dirs(void)
{
	char command[1024];

	for (size_t i = 0; asked.dirs[i]; i++) {
		snprintf(command, sizeof(command), "rm -rf '%s'", asked.dirs[i]);
		if (system(command))
			errx(1, "%s", command);
	}
}

/* ---- judging ------------------------------------------------------------------------------- */

static bool is(const char *verb)
{
	return strcmp(asked.verb, verb) == 0;
}

static void complain(const struct run *r, const char *what, const char *more)
{
	wrong++;
	if (wrong > REPORT_MAX)
		return;
	printf("%s, call %u, %s: %s%s\n", asked.verb, r->n, r->where, what, more);
	if (r->output[0])
		printf("  it said: %.400s\n", r->output);
}

static void must_be_gone(const struct run *r, const char *what)
{
	char line[256];
	const char *more;

	state_read(&watch, now);
	more = state_more(before, now, line);
	if (more)
		complain(r, what, more);
}

static void judge_add(const struct run *r)
{
	struct run check;

	if (!succeeded(r)) {
		if (!asked.undoes)
			must_be_gone(r, "failed, and left: ");
		return;
	}
	coped++;
	strcpy(answer, r->output);
	if (!asked.checks)
		return;
	run("CHECK", FAULT_NONE, 0, &check);
	if (!succeeded(&check))
		complain(r, "ADD succeeded, CHECK fails: ", check.output);
}

static void judge_check(const struct run *r)
{
	char line[256];
	const char *more;

	state_read(&watch, now);
	more = state_more(made, now, line) ?: state_more(now, made, line);
	if (more)
		complain(r, "CHECK changed: ", more);
	coped += succeeded(r);
}

/* It ended by itself: with success or an error object, and in between there is nothing. */
static void judge_end(const struct run *r)
{
	bool was_told = strstr(r->output, "\"code\":") || strncmp(r->where, "write(1)", 8) == 0;

	if (!succeeded(r) && !was_told)
		complain(r, "failed without an error object", "");
	if (is("ADD")) {
		judge_add(r);
	} else if (is("CHECK")) {
		judge_check(r);
	} else if (succeeded(r)) {
		coped++;
		must_be_gone(r, "success, but left: ");
	}
}

/* Whatever happened, the same once more, or a DEL, takes all away. */
static void judge_after(const struct run *disturbed)
{
	unsigned int wrong_until_now = wrong;
	struct run r;

	run(is("GC") ? "GC" : "DEL", FAULT_NONE, 0, &r);
	if (!succeeded(&r))
		complain(disturbed, "afterwards it fails: ", r.output);
	must_be_gone(disturbed, "after it and once more there is: ");
	if (wrong == wrong_until_now)
		return;
	/* So that the next fault is judged by itself. */
	remove_dirs();
	run("DEL", FAULT_NONE, 0, &r);
}

/* ---- the story ----------------------------------------------------------------------------- */

static void disturb(void)
{
	struct run r;

	for (unsigned int n = 1;; n++) {
		if (!is("ADD"))
			must("ADD");
		else if (asked.from_nothing)
			remove_dirs();
		state_read(&watch, made);
		run(asked.verb, asked.fault, n, &r);
		if (!r.was_injected)
			break;
		faults++;
		if (WIFEXITED(r.status)) /* out of memory it aborts: as if it was killed */
			judge_end(&r);
		judge_after(&r);
	}
	run("DEL", FAULT_NONE, 0, &r);
}

static void parse(int argc, char **argv)
{
	size_t n = 0;
	int c;

	while ((c = getopt(argc, argv, "kc:fuvd:")) != -1) {
		if (c == 'k')
			asked.fault = FAULT_KILL;
		else if (c == 'f')
			asked.from_nothing = true;
		else if (c == 'u')
			asked.undoes = true;
		else if (c == 'v')
			asked.checks = true;
		else if (c == 'd' && n < DIRS_MAX)
			asked.dirs[n++] = optarg;
		else if (c != 'c' || asprintf(&asked.calls, ",%s,", optarg) < 0)
			exit(2);
	}
	if (argc - optind != 4)
		errx(2,
		     "usage: fault [-k] [-c CALLS] [-f] [-u] [-v] [-d DIR]… VERB PLUGIN NETNS CONF");
	asked.verb = argv[optind];
	asked.plugin = argv[optind + 1];
	asked.netns = argv[optind + 2];
	asked.conf = argv[optind + 3];
}

int main(int argc, char **argv)
{
	struct run r;

	parse(argc, argv);
	watch = (struct watch){ .here = state_socket("/proc/self/ns/net"),
				.pod = state_socket(asked.netns),
				.dirs = asked.dirs };
	/* What the first ADD of a network makes, and stays, is there before. */
	run("ADD", FAULT_NONE, 0, &r);
	if (!succeeded(&r) != asked.undoes)
		errx(1, "ADD without any fault: %s", r.output);
	must("DEL");
	state_read(&watch, before);
	disturb();
	printf("%s: %u calls %s, one at a time; %u had no consequence, %u were wrong\n", asked.verb,
	       faults, asked.fault == FAULT_KILL ? "killed it" : "failed", coped, wrong);
	return !faults || wrong > 0;
}
