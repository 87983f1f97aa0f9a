// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/store_dir.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "test/unit/test_ipam.h"

static void an_empty_file_is_nobodys_and_given_when_nothing_else_is_left(void)
{
	const char *dir = new_data_dir();

	put_text(dir, "10.1.0.2", "");
	put_text(dir, "10.1.0.3", "c2\r\neth0");
	put_file(dir, "10.1.0.4", "\0\0\0\0\0\0\0\0", 8);
	is_int(held_in(dir, &c1), 0, "nobody holds it");
	is_int(release_in(dir, &c1), 0, "nobody gives it back");
	is_str(next_free_in(dir, "10.1.0.2", "10.1.0.5"), "10.1.0.5",
	       "what is really free is first");
	is_str(next_free_in(dir, "10.1.0.2", "10.1.0.4"), "10.1.0.2", "then the empty file's");
	is_int(reserve_in(dir, "10.1.0.2", &c1), 0, "it is taken over");
	is_str(content(dir, "10.1.0.2"), "c1\\r\\neth0", "and says so");
	is_str(next_free_in(dir, "10.1.0.2", "10.1.0.4"), "10.1.0.4", "a file of zeros is empty");
	is_int(reserve_in(dir, "10.1.0.4", &c1), 0, "it is taken over as well");
	is_int(reserve_in(dir, "10.1.0.2", &c1), -EEXIST, "once");
	is_int(release_in(dir, &c1), 2, "and given back");
}

static void a_torn_file_is_kept_until_it_is_known_to_be_nobodys(void)
{
	const char *dir = new_data_dir();

	put_text(dir, "10.1.0.2", "c1\r");
	put_text(dir, "10.1.0.3", "c1\r\net");
	put_text(dir, "10.1.0.4", "");
	reserve_in(dir, "10.1.0.5", &c2);
	is_int(release_in(dir, &c1), 1, "one torn behind the container is the container's");
	is_true(!exists(dir, "10.1.0.2"), "it is given back");
	is_int(reserve_in(dir, "10.1.0.3", &c2), -EEXIST, "one torn in the interface is taken");
	is_int(retain_in(dir, &c2, 1), 2, "what belongs to none goes: the torn, the empty");
	is_true(exists(dir, "10.1.0.5"), "what belongs to one stays");
}

/* Writing is ended by a signal in the middle: the temporary file is there, the target is not. */
static void die_while_writing_the_cursor(const char *data_dir)
{
	struct rlimit none = { 0, 0 };
	struct store *s = open_store(data_dir);
	struct ip ip = ip_of("10.1.0.9");

	signal(SIGXFSZ, SIG_DFL);
	setrlimit(RLIMIT_FSIZE, &none);
	s->ops->last_set(s, 0, &ip, NULL);
	_exit(0);
}

static void what_a_killed_writer_left_is_cleared_away(void)
{
	const char *dir = new_data_dir();
	char name[64];
	int status;
	pid_t pid;

	reserve_in(dir, "10.1.0.2", &c1);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		die_while_writing_the_cursor(dir);
	waitpid(pid, &status, 0);
	is_true(WIFSIGNALED(status), "the writer was killed");
	snprintf(name, sizeof(name), ".tmp-%d-0", pid);
	is_true(exists(dir, name), "its temporary file is there");
	is_int(held_in(dir, &c1), 1, "it is no reservation");
	is_true(!exists(dir, name), "and the next command clears it away");
	is_str(content(dir, "10.1.0.2"), "c1\\r\\neth0", "but nothing else");
}

static void a_network_is_one_directory_below(void)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/", "../../etc" };
	const char *dir = new_data_dir();
	struct store *s;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct err err = { 0 };

		is_int(store_dir_open(dir, names[i], true, &s, &err), -EINVAL,
		       "network \"%s\" is refused", names[i]);
		is_int(err.code, CNI_ERR_CONFIG, "as the configuration's fault");
		has_str(err.msg, names[i][0] ? names[i] : "\"\"", "the message has the name");
	}
}

static void links_are_not_followed(void)
{
	const char *dir = new_data_dir();
	struct ip ip = ip_of("10.1.0.4");
	struct store *s;

	put_text(dir, "target", "c1\r\neth0");
	put_text(dir, "lock", "");
	if (symlink("target", path_of(dir, "10.1.0.2")) < 0 ||
	    symlink("nowhere", path_of(dir, "10.1.0.3")) < 0 ||
	    symlink("target", path_of(dir, "last_reserved_ip.0")) < 0 ||
	    mkdir(path_of(dir, "10.1.0.5"), 0755) < 0 || mkfifo(path_of(dir, "10.1.0.6"), 0600) < 0)
		abort();
	is_int(held_in(dir, &c1), 0, "what a link points to is nobody's");
	is_int(release_in(dir, &c1), 0, "nor is it released");
	is_int(retain_in(dir, NULL, 0), 0, "nor cleared away");
	is_true(exists(dir, "10.1.0.2"), "the link is still there");
	is_int(reserve_in(dir, "10.1.0.2", &c2), -EEXIST, "its address is taken");
	is_int(reserve_in(dir, "10.1.0.3", &c2), -EEXIST, "so is a dangling link's");
	is_true(!exists(dir, "nowhere"), "whose target was not made");
	is_str(next_free_in(dir, "10.1.0.2", "10.1.0.7"), "10.1.0.4", "they are stepped over");
	is_str(next_free_in(dir, "10.1.0.5", "10.1.0.7"), "10.1.0.7", "so are directory and fifo");
	s = open_store(dir);
	is_int(s->ops->last_set(s, 0, &ip, NULL), 0, "a cursor takes the place of a link");
	s->ops->close(s);
	is_str(content(dir, "target"), "c1\\r\\neth0", "and does not write through it");
}

static void a_link_in_place_of_the_directory_is_refused(void)
{
	const char *dir = new_data_dir();
	struct err err = { 0 };
	struct store *s;
	char net[256];

	snprintf(net, sizeof(net), "%s/" NETWORK, dir);
	if (symlink("/tmp", net) < 0)
		abort();
	is_int(store_dir_open(dir, NETWORK, true, &s, &err), -ENOTDIR, "to add");
	is_int(err.code, CNI_ERR_STATE, "with the state's code");
	has_str(err.msg, net, "and the path");
	is_int(store_dir_open(dir, NETWORK, false, &s, NULL), -ENOTDIR, "and to look");
}

static void a_lock_that_is_no_file_is_refused(void)
{
	const char *dir = new_data_dir();
	struct err err = { 0 };
	struct store *s;

	mkdir(path_of(dir, ""), 0755);
	if (symlink("elsewhere", path_of(dir, "lock")) < 0)
		abort();
	is_int(store_dir_open(dir, NETWORK, true, &s, &err), -ELOOP, "a link is refused");
	is_int(err.code, CNI_ERR_STATE, "with the state's code");
	has_str(err.msg, path_of(dir, "lock"), "and the path");
	is_true(!exists(dir, "elsewhere"), "its target was not made");

	unlink(path_of(dir, "lock"));
	if (mkfifo(path_of(dir, "lock"), 0600) < 0)
		abort();
	err.code = 0;
	is_int(store_dir_open(dir, NETWORK, true, &s, &err), -EINVAL, "so is a fifo, at once");
	has_str(err.msg, path_of(dir, "lock"), "with the path");
}

/* Root may do all: it is somebody else while something has to be refused. */
static void become(uid_t uid)
{
	if (getuid() == 0 && seteuid(uid) < 0)
		abort();
}

static void what_cannot_be_done_is_said_with_the_path(void)
{
	const char *dir = new_data_dir();
	struct store *s = open_store(dir);
	struct err err = { 0 };
	size_t released;
	int held = 0;

	is_int(reserve(s, "10.1.0.2", &c1, &err), 0, "an address is reserved");
	chmod(path_of(dir, ""), 0555);
	chmod(path_of(dir, "10.1.0.2"), 0);

	become(65534);
	is_int(s->ops->held(s, &c1, count_one, &held, &err), -EACCES, "a file cannot be read");
	is_int(err.code, CNI_ERR_STATE, "which has the state's code");
	has_str(err.msg, path_of(dir, "10.1.0.2"), "and the path");
	err.code = 0;
	is_int(reserve(s, "10.1.0.3", &c1, &err), -EACCES, "a file cannot be made");
	is_int(err.code, CNI_ERR_STATE, "which has the state's code");
	has_str(err.msg, path_of(dir, "10.1.0.3"), "and the path");
	become(0);

	chmod(path_of(dir, "10.1.0.2"), 0644);
	become(65534);
	err.code = 0;
	is_int(s->ops->release(s, &c1, &released, &err), -EACCES, "a file cannot be removed");
	is_int(err.code, CNI_ERR_STATE, "which has the state's code");
	has_str(err.msg, path_of(dir, "10.1.0.2"), "and the path");
	is_int((int)released, 0, "nothing was given back");
	become(0);

	chmod(path_of(dir, ""), 0755);
	s->ops->close(s);
	is_str(content(dir, "10.1.0.2"), "c1\\r\\neth0", "the reservation is as it was");
	is_true(!exists(dir, "10.1.0.3"), "and there is no other");
}

static void one_unreadable_file_keeps_nobody_from_releasing(void)
{
	const char *dir = new_data_dir();
	struct err err = { 0 };
	struct store *s;
	size_t released;

	put_text(dir, "10.1.0.2", "c2\r\neth0");
	put_text(dir, "10.1.0.3", "c1\r\neth0");
	chmod(path_of(dir, "10.1.0.2"), 0);
	chmod(path_of(dir, "10.1.0.3"), 0644);
	chmod(path_of(dir, ""), 0777);
	s = open_store(dir);
	become(65534);
	is_int(s->ops->release(s, &c1, &released, &err), -EACCES,
	       "what cannot be read may be the owner's: that is told");
	become(0);
	has_str(err.msg, path_of(dir, "10.1.0.2"), "with the path");
	is_int((int)released, 1, "but the owner's address is given back");
	s->ops->close(s);
	is_true(!exists(dir, "10.1.0.3") && exists(dir, "10.1.0.2"), "and no other");
	is_int(release_in(dir, &c2), 1, "and who can read it, finds it");
}

int main(void)
{
	an_empty_file_is_nobodys_and_given_when_nothing_else_is_left();
	a_torn_file_is_kept_until_it_is_known_to_be_nobodys();
	what_a_killed_writer_left_is_cleared_away();
	a_network_is_one_directory_below();
	links_are_not_followed();
	a_link_in_place_of_the_directory_is_refused();
	a_lock_that_is_no_file_is_refused();
	what_cannot_be_done_is_said_with_the_path();
	one_unreadable_file_keeps_nobody_from_releasing();
	return test_done();
}
