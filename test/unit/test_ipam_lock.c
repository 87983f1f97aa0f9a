// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/store_dir.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "pkg/ipam/alloc.h"
#include "pkg/ipam/queue.h"
#include "test/unit/test_ipam.h"

#define PROCESSES 64
#define ADDS	  4

static bool is_locked(const char *data_dir)
{
	int fd = open(path_of(data_dir, "lock"), O_RDONLY);
	bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;

	close(fd);
	return locked;
}

static void a_store_is_locked_while_it_is_open(void)
{
	const char *dir = new_data_dir();
	struct store *s = open_store(dir);

	is_true(is_locked(dir), "nobody else gets the lock of the open store");
	s->ops->close(s);
	is_true(!is_locked(dir), "until it is closed");
	if (store_dir_open(dir, NETWORK, false, &s, NULL) < 0)
		abort();
	is_true(is_locked(dir), "who only looks or releases has it as well");
	s->ops->close(s);
}

/* Opens while another process has the store; tells by its exit status who was first. */
static void opening_waits_for_its_turn(void)
{
	const char *dir = new_data_dir();
	struct store *s = open_store(dir);
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		s->ops->close(s); /* the lock stays with the parent's descriptor */
		s = open_store(dir);
		_exit(exists(dir, "10.1.0.2") ? 0 : 1);
	}
	usleep(100000);
	is_int(waitpid(pid, &status, WNOHANG), 0, "the second waits");
	is_int(reserve(s, "10.1.0.2", &c1, NULL), 0, "the first goes on");
	s->ops->close(s);
	waitpid(pid, &status, 0);
	is_int(status, 0, "the second sees what the first has done");
}

static int add_many(const char *dir, const struct pool *pool, int process)
{
	struct lease lease;
	char id[32];
	int rc = 0;

	for (int i = 0; i < ADDS && rc == 0; i++) {
		const struct owner o = { id, "eth0" };
		struct store *s = open_store(dir);

		snprintf(id, sizeof(id), "p%d-%d", process, i);
		rc = alloc_add(s, pool, &o, &lease, NULL);
		s->ops->close(s);
	}
	return rc;
}

/* Each reservation has its own owner and each owner one: no address was given twice or lost. */
static int count_owners(const char *dir, const struct pool *pool)
{
	struct store *s = open_store(dir);
	char id[32];
	int found = 0;

	for (int p = 0; p < PROCESSES; p++)
		for (int i = 0; i < ADDS; i += ADDS - 1) {
			const struct owner o = { id, "eth0" };

			snprintf(id, sizeof(id), "p%d-%d", p, i);
			found += alloc_check(s, pool, &o, NULL) == 0;
		}
	s->ops->close(s);
	return found;
}

static void many_processes_at_once_get_different_addresses(void)
{
	/* As many addresses as are asked for: a second one for anybody would leave one without. */
	struct range range = complete_range_of("10.1.0.0/21", "10.1.0.2", "10.1.1.1");
	const struct range_set set = { .ranges = &range, .count = 1 };
	const struct pool pool = { .sets = &set, .n_sets = 1 };
	const char *dir = new_data_dir();
	struct store *s;
	int failed = 0, status;

	fflush(stdout);
	for (int p = 0; p < PROCESSES; p++)
		if (fork() == 0)
			_exit(add_many(dir, &pool, p) ? 1 : 0);
	for (int p = 0; p < PROCESSES; p++)
		failed += wait(&status) < 0 || status != 0;
	is_int(failed, 0, "%d processes got %d addresses each", PROCESSES, ADDS);
	is_int(count_owners(dir, &pool), 2 * PROCESSES, "the first and last of each are there");
	s = open_store(dir);
	is_true(alloc_status(s, &pool, NULL) < 0, "and that is all there are");
	s->ops->close(s);
}

/*
 * Takes a place in line and leaves its number behind once it is its turn. The parent's place is not
 * to be held by its children, too.
 */
static pid_t stand_in_line(int dirfd, int parents, int number)
{
	pid_t pid = fork();
	char text[8];
	int fd;

	if (pid)
		return pid;
	close(parents);
	queue_wait(dirfd, "line");
	snprintf(text, sizeof(text), "%d ", number);
	fd = openat(dirfd, "order", O_WRONLY | O_APPEND | O_CREAT, 0600);
	_exit(fd < 0 || write(fd, text, strlen(text)) < 0);
}

static void who_comes_first_is_first(void)
{
	const char *dir = new_data_dir();
	int dirfd, fd;
	pid_t second = -1, pid;

	mkdir(path_of(dir, ""), 0755);
	dirfd = open(path_of(dir, ""), O_RDONLY | O_DIRECTORY);
	fd = queue_wait(dirfd, "line");
	is_true(fd >= 0, "the first does not wait");
	fflush(stdout);
	for (int i = 1; i <= 6; i++) {
		stand_in_line(dirfd, fd, i);
		usleep(50000);
	}
	is_str(content(dir, "order"), "(none)", "the others do");
	close(fd);
	while (wait(NULL) > 0)
		;
	is_str(content(dir, "order"), "1 2 3 4 5 6 ", "and are let in as they came");

	unlink(path_of(dir, "order"));
	fd = queue_wait(dirfd, "line");
	for (int i = 1; i <= 3; i++) {
		pid = stand_in_line(dirfd, fd, i);
		if (i == 2)
			second = pid;
		usleep(50000);
	}
	kill(second, SIGKILL);
	usleep(50000);
	is_str(content(dir, "order"), "3 ", "who waits for one that dies in line, waits no longer");
	close(fd);
	while (wait(NULL) > 0)
		;
	is_str(content(dir, "order"), "3 1 ", "which hinders nobody");
	close(dirfd);
}

int main(void)
{
	a_store_is_locked_while_it_is_open();
	opening_waits_for_its_turn();
	who_comes_first_is_first();
	many_processes_at_once_get_different_addresses();
	return test_done();
}
