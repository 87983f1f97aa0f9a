// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/delegate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "pkg/cni/json.h"
#include "test/unit/test.h"

/* The waiting for a busy file is counted and not waited for; at the n-th the file is let go. */
static int slept, busy_fd = -1, let_go_at;

unsigned int sleep(unsigned int seconds)
{
	slept += (int)seconds;
	if (slept == let_go_at) {
		close(busy_fd);
		busy_fd = -1;
	}
	return 0;
}

static char bin[96]; /* the directory of the plugins */

static void plugin(const char *name, mode_t mode, const char *script)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", bin, name);
	f = fopen(path, "w");
	fputs(script, f);
	fclose(f);
	chmod(path, mode);
}

/* Makes a plugin of this script and runs it with this on its stdin. */
static int run(const char *script, const char *config, size_t len, char **out, struct err *err)
{
	struct delegate d = { .type = "ipam", .path = bin, .config = config, .config_len = len };

	if (script)
		plugin("ipam", 0755, script);
	*out = NULL;
	*err = (struct err){ 0 };
	return delegate_run(&d, CNI_DEL, out, err);
}

static char *filled(size_t len)
{
	char *text = malloc(len + 1);

	memset(text, 'x', len);
	text[len] = '\0';
	return text;
}

static void it_gets_the_configuration_and_our_environment(void)
{
	struct err err;
	char *out;

	setenv("CNI_COMMAND", "ADD", 1);
	setenv("CNI_IFNAME", "eth7", 1);
	is_int(run("#!/bin/sh\necho \"$0 $# $CNI_COMMAND $CNI_IFNAME\"\ncat\n", "{\"a\":\n1}", 8,
		   &out, &err),
	       0, "it runs");
	has_str(out, "/ipam 0 DEL eth7\n{\"a\":\n1}", "with another verb and all else the same");
	is_str(err.msg, "", "without an error");
	is_str(getenv("CNI_COMMAND"), "ADD", "our own environment stays");
	free(out);
	is_int(run("#!/bin/sh\ncat\n", "", 0, &out, &err), 0,
	       "no configuration is a stdin that ends");
	is_str(out, "", "no output is an empty text");
	free(out);
}

static void each_verb_is_passed_on(void)
{
	plugin("ipam", 0755,
	       "#!/bin/sh\necho $CNI_COMMAND\n"
	       "tr '\\0' '\\n' </proc/$$/environ | grep -c ^CNI_COMMAND=\n");
	for (enum cni_verb v = 0; v < CNI_VERBS; v++) {
		struct delegate d = { .type = "ipam", .path = bin, .config = "" };
		char want[16], *out = NULL;

		snprintf(want, sizeof(want), "%s\n1\n", cni_verb_name(v));
		delegate_run(&d, v, &out, NULL);
		is_str(out, want, "%s, once", cni_verb_name(v));
		free(out);
	}
}

static void its_failure_is_ours(void)
{
	static const struct {
		const char *script;
		int code;
		const char *msg, *details;
	} rows[] = {
		{ "echo '{\"cniVersion\":\"1.0.0\",\"code\":11,\"msg\":\"try later\","
		  "\"details\":\"full\"}'; exit 1",
		  11, "ipam: try later", "full" },
		{ "echo '{\"code\":7,\"msg\":\"bad\"}'; exit 255", 7, "ipam: bad", "" },
		{ "exit 3", CNI_ERR_DELEGATE, "ipam: failed with exit status 3 and no CNI error",
		  "" },
		{ "echo oh no; exit 1", CNI_ERR_DELEGATE,
		  "ipam: failed with exit status 1 and no CNI error", "it printed: oh no\n" },
		{ "echo '{\"code\":0,\"msg\":\"m\"}'; exit 1", CNI_ERR_DELEGATE,
		  "ipam: failed with exit status 1 and no CNI error",
		  "it printed: {\"code\":0,\"msg\":\"m\"}\n" },
		{ "kill -9 $$", CNI_ERR_DELEGATE, "ipam: killed by signal 9 (Killed)", "" },
		{ "echo '{\"code\":7,\"msg\":\"bad\"}'; kill -TERM $$", CNI_ERR_DELEGATE,
		  "ipam: killed by signal 15 (Terminated)",
		  "it printed: {\"code\":7,\"msg\":\"bad\"}\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char script[256], *out;
		struct err err;

		snprintf(script, sizeof(script), "#!/bin/sh\n%s\n", rows[i].script);
		is_int(run(script, "{}", 2, &out, &err), -EIO, "%s", rows[i].script);
		is_int(err.code, rows[i].code, "… its code");
		is_str(err.msg, rows[i].msg, "… its message");
		is_str(err.details, rows[i].details, "… its details");
		is_true(!out, "… no output");
	}
}

static void it_is_looked_for_in_absolute_directories(void)
{
	char path[512], other[128];
	struct delegate d = { .type = "dhcp", .config = "", .path = path };
	struct err err = { 0 };
	char *out = NULL;

	snprintf(other, sizeof(other), "%s/other", test_dir());
	mkdir(other, 0755);
	snprintf(path, sizeof(path), "%s/dhcp", other);
	mkdir(path, 0755); /* a directory of that name is not it */
	plugin("dhcp", 0644, "#!/bin/sh\necho not this\n");
	snprintf(path, sizeof(path), ":relative:%s::%s:", other, bin);
	is_int(delegate_run(&d, CNI_ADD, &out, &err), -ENOENT, "no executable file is no plugin");
	is_int(err.code, CNI_ERR_DELEGATE, "code 108");
	is_str(err.msg, "plugin \"dhcp\" not found in CNI_PATH", "it is named");
	has_str(err.details, path, "and where it was looked for");
	has_str(err.details, "only absolute directories count", "and which of these count");
	plugin("dhcp", 0755, "#!/bin/sh\necho second\n");
	is_int(delegate_run(&d, CNI_ADD, &out, NULL), 0, "a later directory may have it");
	is_str(out, "second\n", "and then it is run");
	free(out);
	snprintf(other, sizeof(other), "%s/first", test_dir());
	mkdir(other, 0755);
	snprintf(path, sizeof(path), "%s/dhcp", other);
	symlink("/bin/true", path);
	snprintf(path, sizeof(path), "%s:%s", other, bin);
	is_int(delegate_run(&d, CNI_ADD, &out, NULL), 0, "the first one counts, also a link");
	is_str(out, "", "and then it is run");
	free(out);
	chdir(bin);
	snprintf(path, sizeof(path), ".::");
	is_int(delegate_run(&d, CNI_ADD, NULL, NULL), -ENOENT, "not the working directory");
	chdir("/");
	path[0] = '\0';
	is_int(delegate_run(&d, CNI_ADD, NULL, NULL), -ENOENT, "nor nowhere");
}

static void what_is_not_a_name_is_refused(void)
{
	static const char *const rows[] = { "", "/bin/true", "../x", "a/", "/" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct delegate d = { .type = rows[i], .config = "", .path = "/bin:/" };
		struct err err = { 0 };

		is_int(delegate_run(&d, CNI_ADD, NULL, &err), -EINVAL, "\"%s\"", rows[i]);
		is_int(err.code, CNI_ERR_CONFIG, "gives code 7");
		has_str(err.msg, "is not the name of a plugin", "and a sentence");
	}
}

static void what_cannot_be_executed_is_told(void)
{
	struct err err;
	char *out;

	is_int(run("no interpreter\n", "", 0, &out, &err), -EIO, "a text file");
	has_str(err.msg, "/ipam: Exec format error", "is named with the reason");
	is_int(err.code, CNI_ERR_DELEGATE, "with code 108");
	is_int(run("#!/no/such/shell\n", "", 0, &out, &err), -EIO,
	       "an interpreter that is not there");
	has_str(err.msg, "/ipam: No such file or directory", "is told");
}

static void no_order_of_reading_and_writing_hangs(void)
{
	static const struct {
		const char *name, *script;
		size_t in, out;
	} rows[] = {
		{ "reads all, then writes", "x=$(cat); echo ok", 3000000, 3 },
		{ "writes what it reads", "cat", 3000000, 3000000 },
		{ "writes much, then reads", "head -c 3000000 /dev/zero; cat >/dev/null", 3000000,
		  3000000 },
		{ "never reads", "echo ok", 3000000, 3 },
		{ "closes stdin first", "exec <&-; echo ok", 3000000, 3 },
		{ "closes stdout, then reads", "exec >&-; [ $(wc -c) = 3000000 ]", 3000000, 0 },
		{ "closes both and goes on", "exec <&- >&-; sleep 0.1", 3000000, 0 },
		{ "prints as much as is taken", "head -c 4194304 /dev/zero", 2, JSON_TEXT_MAX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char script[128], *config = filled(rows[i].in), *out;
		size_t got = 0;
		struct err err;

		snprintf(script, sizeof(script), "#!/bin/sh\n%s\n", rows[i].script);
		is_int(run(script, config, rows[i].in, &out, &err), 0, "a plugin that %s",
		       rows[i].name);
		while (out && (out[got] || got < rows[i].out))
			got++;
		is_int((int64_t)got, (int64_t)rows[i].out, "… gives what it printed");
		free(config);
		free(out);
	}
}

static void output_without_end_is_cut_off(void)
{
	struct err err;
	char *out;

	is_int(run("#!/bin/sh\nexec yes\n", "{}", 2, &out, &err), -EIO, "a plugin that never ends");
	is_str(err.msg, "ipam: printed more than 4194304 bytes", "is stopped");
	is_int(err.code, CNI_ERR_DELEGATE, "with code 108");
	is_true(!out, "and gives nothing");
	is_int(run("#!/bin/sh\nhead -c 4194305 /dev/zero\n", "{}", 2, &out, &err), -EIO,
	       "so is a byte too much");
	is_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no process is left of either");
}

static void a_file_that_is_being_replaced_is_tried_again(void)
{
	char path[160], *out;
	struct err err;

	plugin("ipam", 0755, "#!/bin/sh\necho new\n");
	snprintf(path, sizeof(path), "%s/ipam", bin);
	slept = 0;
	let_go_at = 2;
	busy_fd = open(path, O_WRONLY | O_CLOEXEC);
	is_int(run(NULL, "", 0, &out, &err), 0, "it runs when it is no more written to");
	is_str(out, "new\n", "as it is then");
	is_int(slept, 2, "after two seconds");
	free(out);
	slept = 0;
	let_go_at = -1;
	busy_fd = open(path, O_WRONLY | O_CLOEXEC);
	is_int(run(NULL, "", 0, &out, &err), -EIO, "not if that goes on");
	is_int(slept, 5, "for five seconds");
	has_str(err.msg, "/ipam: Text file busy", "which is told");
	close(busy_fd);
}

static void it_inherits_no_file_of_ours(void)
{
	struct err err;
	char *out;

	dup2(STDERR_FILENO, 55); /* not close-on-exec: as a careless runtime leaves them */
	run("#!/bin/sh\nfor i in 0 1 2 55; do [ -e /proc/$$/fd/$i ] && echo $i; done\nexit 0\n", "",
	    0, &out, &err);
	is_str(out, "0\n1\n2\n", "but stdin, stdout and stderr");
	close(55);
	free(out);
}

static void signals_are_as_they_were_for_us_and_for_it(void)
{
	struct sigaction sa;
	struct err err;
	char *out;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_IGN);
	is_int(run("#!/bin/sh\nm=$(sed -n 's/^SigIgn:.*\\(.....\\)$/\\1/p' /proc/$$/status)\n"
		   "echo $((0x$m & 0x11000)); exit 1\n",
		   "", 0, &out, &err),
	       -EIO, "its status is seen where SIGCHLD is ignored");
	is_str(err.details, "it printed: 0\n", "it ignores neither SIGPIPE nor SIGCHLD");
	sigaction(SIGPIPE, NULL, &sa);
	is_true(sa.sa_handler == SIG_DFL, "SIGPIPE has our own handling again");
	sigaction(SIGCHLD, NULL, &sa);
	is_true(sa.sa_handler == SIG_IGN, "SIGCHLD too");
	signal(SIGCHLD, SIG_DFL);
}

static int alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void being_interrupted_changes_nothing(void)
{
	const struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	const struct sigaction handler = { .sa_handler = on_alarm }; /* no SA_RESTART */
	char *config = filled(3000000), *out;
	struct err err;
	int rc;

	sigaction(SIGALRM, &handler, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	rc = run("#!/bin/sh\ncat; sleep 0.05\n", config, 3000000, &out, &err);
	setitimer(ITIMER_REAL, &never, NULL);
	is_int(rc, 0, "it succeeds");
	is_str(err.msg, "", "without an error");
	is_true(out && strcmp(out, config) == 0, "with all of its output");
	is_true(alarms > 20, "although there were many signals");
	free(config);
	free(out);
}

/* Gone, or only waiting for its parent; a second is long for that. */
static bool is_dead(int pid)
{
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (int i = 0; i < 100; i++) {
		f = fopen(path, "r");
		if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 'Z';
		if (f)
			fclose(f);
		if (state == 'Z')
			return true;
		usleep(10000);
	}
	return false;
}

static void one_that_hangs_is_ended_with_what_it_started(void)
{
	static const struct {
		const char *script, *what;
	} rows[] = {
		{ "cat >/dev/null", "one that answers nothing" },
		{ ":", "one that does not read" },
		{ "cat >/dev/null; exec >&-", "one that has closed its output" },
	};
	char script[256], pids[128], *config = filled(1 << 20);

	snprintf(pids, sizeof(pids), "%s/pids", bin);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct delegate d = { .type = "ipam",
				      .path = bin,
				      .config = config,
				      .config_len = 1 << 20,
				      .timeout_ms = 300 };
		struct err err = { 0 };
		int parent = 0, child = 0;
		FILE *f;

		snprintf(script, sizeof(script),
			 "#!/bin/sh\n/bin/sleep 1000 &\necho $$ $! >%s\n%s\nwait\n", pids,
			 rows[i].script);
		plugin("ipam", 0755, script);
		is_int(delegate_run(&d, CNI_ADD, NULL, &err), -EIO, "%s fails", rows[i].what);
		is_int(err.code, CNI_ERR_DELEGATE, "with code 108");
		is_str(err.msg, "ipam: ADD was not done after 0.3 s, and was ended",
		       "and says how long it took");
		f = fopen(pids, "r");
		is_true(f && fscanf(f, "%d %d", &parent, &child) == 2 && is_dead(parent) &&
				is_dead(child),
			"nothing of it goes on");
		if (f)
			fclose(f);
	}
	free(config);
}

static void an_error_that_is_set_stays(void)
{
	struct delegate d = { .type = "ipam", .config = "", .path = bin };
	struct err err = { .code = 7, .msg = "first" };

	plugin("ipam", 0755, "#!/bin/sh\necho words; exit 1\n");
	is_int(delegate_run(&d, CNI_DEL, NULL, &err), -EIO, "an undo may fail too");
	is_str(err.msg, "first", "the first error stays");
	is_str(err.details, "", "and gets no details of another");
	is_int(delegate_run(&d, CNI_DEL, NULL, NULL), -EIO, "nobody needs to read it");
}

static int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

int main(void)
{
	int files;

	snprintf(bin, sizeof(bin), "%s/bin", test_dir());
	mkdir(bin, 0755);
	files = open_files();
	it_gets_the_configuration_and_our_environment();
	each_verb_is_passed_on();
	its_failure_is_ours();
	it_is_looked_for_in_absolute_directories();
	what_is_not_a_name_is_refused();
	what_cannot_be_executed_is_told();
	no_order_of_reading_and_writing_hangs();
	output_without_end_is_cut_off();
	a_file_that_is_being_replaced_is_tried_again();
	it_inherits_no_file_of_ours();
	signals_are_as_they_were_for_us_and_for_it();
	being_interrupted_changes_nothing();
	one_that_hangs_is_ended_with_what_it_started();
	an_error_that_is_set_stays();
	is_int(open_files(), files, "no file is left open");
	is_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no process is left");
	return test_done();
}
