// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/delegate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"
#include "pkg/cni/json.h"
#include "pkg/cni/result.h"

#define BUSY_TRIES 5 /* a second apart, as libcni does */
#define COMMAND	   "CNI_COMMAND="

/* Our ends of the child's stdin and stdout, and what came from there. */
struct child {
	pid_t pid; /* and its process group */
	int in;
	int out;
	char *text;
	size_t len;
};

/* While a child runs, a pipe that it closed must not kill us, nor may its status get lost. */
struct signals {
	struct sigaction pipe;
	struct sigaction child;
};

static void signals_set(struct signals *old)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	const struct sigaction keep = { .sa_handler = SIG_DFL };

	sigaction(SIGPIPE, &ignore, &old->pipe);
	sigaction(SIGCHLD, &keep, &old->child);
}

static void signals_restore(const struct signals *old)
{
	sigaction(SIGPIPE, &old->pipe, NULL);
	sigaction(SIGCHLD, &old->child, NULL);
}

/* dir[0 … len) / type if that can be run, else NULL. */
static char *candidate(const char *dir, size_t len, const char *type)
{
	cleanup_free char *file = NULL;
	struct stat st;

	if (len == 0 || *dir != '/')
		return NULL;
	if (asprintf(&file, "%.*s/%s", (int)len, dir, type) < 0)
		abort();
	if (stat(file, &st) < 0 || !S_ISREG(st.st_mode) || access(file, X_OK) < 0)
		return NULL;
	return steal_ptr(&file);
}

/*
 * The plugin's file in CNI_PATH, or NULL. Empty and relative elements are left out: they would
 * mean whatever directory the runtime happened to start us in.
 */
static char *find(const struct delegate *d, struct err *err)
{
	for (const char *dir = d->path; *dir; dir += strspn(dir, ":")) {
		size_t len = strcspn(dir, ":");
		char *file = candidate(dir, len, d->type);

		if (file)
			return file;
		dir += len;
	}
	err_set(err, CNI_ERR_DELEGATE, 0, "plugin \"%s\" not found in CNI_PATH", d->type);
	err_details(err,
		    "no executable file of that name in \"%s\"; only absolute directories count",
		    d->path);
	return NULL;
}

/* Our environment with another CNI_COMMAND; the array is the caller's, the strings are not. */
static char **child_env(char *command)
{
	size_t n = 0, kept = 0;
	char **env;

	while (environ[n])
		n++;
	env = mem_new(n + 2, sizeof(*env));
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], COMMAND, sizeof(COMMAND) - 1) != 0)
			env[kept++] = environ[i];
	env[kept] = command;
	return env;
}

/*
 * Starts it with in and out as its stdin and stdout and nothing else of ours open, in a process
 * group of its own: what it starts can be ended with it. posix_spawn does not copy our memory map,
 * and gives back what exec said. What we were started with ends at exec, too (a kernel before 5.11
 * leaves that open): by ourselves, as not every C library's posix_spawn can. Returns an errno.
 */
static int spawn(pid_t *pid, const char *file, const char *type, char **env, int in, int out)
{
	char *argv[] = { (char *)type, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int rc;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	if (posix_spawn_file_actions_init(&actions) || posix_spawnattr_init(&attr) ||
	    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO) ||
	    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO) ||
	    posix_spawnattr_setsigdefault(&attr, &defaults) ||
	    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
		abort(); /* out of memory: as in mem_must() */
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	rc = posix_spawn(pid, file, &actions, &attr, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return rc;
}

static int start(const char *file, const char *type, enum cni_verb verb, struct child *child)
{
	char command[sizeof(COMMAND) + 16];
	cleanup_free char **env = NULL;
	cleanup_fd int in = -1, out = -1;
	int ends[2], rc, tries = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	in = ends[0];
	child->in = ends[1];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child->out = ends[0];
	out = ends[1];
	snprintf(command, sizeof(command), COMMAND "%s", cni_verb_name(verb));
	env = child_env(command);
	while ((rc = spawn(&child->pid, file, type, env, in, out)) == ETXTBSY &&
	       tries++ < BUSY_TRIES)
		sleep(1);
	return -rc;
}

static void close_end(int *fd)
{
	close(*fd);
	*fd = -1;
}

/* Gives the child what its pipe takes; closes it when all is given or the child wants no more. */
static void feed(struct child *child, const char **data, size_t *len)
{
	ssize_t n = write(child->in, *data, *len);

	if (n >= 0) {
		*data += n;
		*len -= (size_t)n;
	}
	if (*len == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(&child->in);
}

/* Takes what the child printed; closes the pipe at its end. -EFBIG if it is too much. */
static int drain(struct child *child)
{
	const size_t chunk = 16384;
	ssize_t n;

	child->text = mem_resize(child->text, child->len + chunk + 1, 1);
	n = read(child->out, child->text + child->len, chunk);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0)
		return -errno;
	child->len += (size_t)n;
	child->text[child->len] = '\0';
	if (n == 0)
		close_end(&child->out);
	return child->len > JSON_TEXT_MAX ? -EFBIG : 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* As poll(); end_ms -1: without an end. -ETIMEDOUT. */
static int poll_until(struct pollfd *fds, nfds_t n, int64_t end_ms)
{
	int64_t left_ms = end_ms < 0 ? -1 : end_ms - now_ms();
	int rc;

	if (end_ms >= 0 && left_ms <= 0)
		return -ETIMEDOUT;
	rc = poll(fds, n, (int)left_ms);
	return rc < 0 && errno != EINTR ? -errno : 0;
}

/* Writes and reads as the child does, in whatever order, until it is done with both pipes. */
static int pump(struct child *child, const char *data, size_t len, int64_t end_ms)
{
	int rc = 0;

	fcntl(child->in, F_SETFL, O_NONBLOCK);
	while (rc == 0 && (child->in >= 0 || child->out >= 0)) {
		struct pollfd fds[] = {
			{ .fd = child->out, .events = POLLIN },
			{ .fd = child->in, .events = POLLOUT },
		};

		rc = poll_until(fds, 2, end_ms);
		if (rc == 0 && fds[1].revents)
			feed(child, &data, &len);
		if (rc == 0 && fds[0].revents)
			rc = drain(child);
	}
	return rc;
}

/* A child that has closed its pipes may still go on for ever. Kernels before 5.3 cannot tell. */
static int wait_until(const struct child *child, int64_t end_ms)
{
	cleanup_fd int fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int rc = 0;

	while (fd >= 0 && rc == 0 && !pfd.revents)
		rc = poll_until(&pfd, 1, end_ms);
	return rc;
}

/* Starts it, serves its pipes, and takes its wait status, whatever else went wrong. */
static int run(const struct delegate *d, const char *file, enum cni_verb verb, struct child *child,
	       int *status, struct err *err)
{
	int64_t end_ms = d->timeout_ms ? now_ms() + d->timeout_ms : -1;
	int rc = start(file, d->type, verb, child);

	if (rc < 0)
		return err_errno(err, CNI_ERR_DELEGATE, rc, "%s: cannot run %s", d->type, file);
	rc = pump(child, d->config, d->config_len, end_ms);
	if (rc == 0)
		rc = wait_until(child, end_ms);
	if (rc < 0)
		kill(-child->pid, SIGKILL);
	if (TEMP_FAILURE_RETRY(waitpid(child->pid, status, 0)) < 0 && rc == 0)
		rc = -errno;
	if (rc == -EFBIG)
		return err_set(err, CNI_ERR_DELEGATE, rc, "%s: printed more than %u bytes", d->type,
			       JSON_TEXT_MAX);
	if (rc == -ETIMEDOUT)
		return err_set(err, CNI_ERR_DELEGATE, rc,
			       "%s: %s was not done after %g s, and was ended", d->type,
			       cni_verb_name(verb), d->timeout_ms / 1000.0);
	return rc < 0 ? err_errno(err, CNI_ERR_DELEGATE, rc, "%s: lost contact", d->type) : 0;
}

/* It failed: its own error object is ours; without one, how it ended and what it printed. */
static int report(const struct delegate *d, const struct child *child, int status, struct err *err)
{
	struct err its = { 0 };

	if (WIFEXITED(status) && cni_error_parse(child->text, child->len, &its)) {
		err_set(err, its.code, 0, "%s: %s", d->type, its.msg);
		err_details(err, "%s", its.details);
		return -EIO;
	}
	if (WIFSIGNALED(status))
		err_set(err, CNI_ERR_DELEGATE, 0, "%s: killed by signal %d (%s)", d->type,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		err_set(err, CNI_ERR_DELEGATE, 0, "%s: failed with exit status %d and no CNI error",
			d->type, WEXITSTATUS(status));
	if (child->len)
		err_details(err, "it printed: %s", child->text);
	return -EIO;
}

int delegate_run(const struct delegate *d, enum cni_verb verb, char **out, struct err *err)
{
	struct child child = { .in = -1, .out = -1 };
	cleanup_free char *file = NULL;
	struct signals old;
	int rc, status = 0;

	if (err_is_set(err)) /* we are part of an undo: the first error, and its details, stay */
		err = NULL;
	if (!*d->type || strchr(d->type, '/'))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL, "\"%s\" is not the name of a plugin",
			       d->type);
	file = find(d, err);
	if (!file)
		return -ENOENT;
	signals_set(&old);
	rc = run(d, file, verb, &child, &status, err);
	signals_restore(&old);
	if (rc == 0 && status != 0)
		rc = report(d, &child, status, err);
	if (rc == 0 && out)
		*out = steal_ptr(&child.text);
	cleanup_fd_fn(&child.in);
	cleanup_fd_fn(&child.out);
	free(child.text);
	return rc < 0 ? -EIO : 0;
}
