// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an IPAM plugin prints, through the step that runs it (first byte: the version; second: how
 * it ends). The process is not there: posix_spawn() writes into its pipe, waitpid() tells its end.
 * What is taken can be said in the result; what is not is explained, and the plugin was told to
 * give back.
 */
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "plugin/steps.h"
#include "test/fuzz/fuzz.h"

#define PIPE_ROOM 60000 /* what a pipe takes while nobody reads */

static struct {
	const uint8_t *text;
	size_t len;
	int status, out;
	unsigned int runs;
} child;

/* cppcheck-suppress-begin[constParameterPointer]: the C library's own declarations */
int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int newfd)
{
	(void)actions;
	if (newfd == STDOUT_FILENO)
		child.out = fd;
	return 0;
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	(void)path, (void)actions, (void)attr, (void)argv, (void)envp;
	must(write(child.out, child.text, child.len) == (ssize_t)child.len);
	child.runs++;
	*pid = INT_MAX; /* no process can have it */
	return 0;
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	(void)options;
	must(pid == INT_MAX);
	*status = child.status;
	return pid;
}
/* cppcheck-suppress-end[constParameterPointer] */

static void ask(struct attach *a)
{
	cleanup_free char *text = NULL;
	struct err err = { 0 };

	if (step_ipam.apply(a, &err) < 0) {
		must_explain(&err);
		must(child.runs == 2);
		return;
	}
	must(!err_is_set(&err) && child.runs == 1 && a->result.n_ips > 0);
	text = cni_result_print(&a->result, a->conf->version, &err);
	if (text)
		must_be_json(text);
	else
		must_explain(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cni_env env = { .verb = CNI_ADD,
				     .container_id = "c",
				     .netns = "/n",
				     .ifname = "eth0",
				     .args = "",
				     .path = "/bin" };
	struct attach a = { .env = &env, .netns_fd = -1, .home_fd = -1 };
	struct conf conf;
	char text[256];
	int len;

	if (size < 2 || size > PIPE_ROOM)
		return 0;
	a.home.fd = a.pod.fd = -1;
	child.status = data[1] & 1 ? 0 : data[1] & 2 ? W_EXITCODE(data[1], 0) : data[1] >> 4;
	child.text = data + 2;
	child.len = size - 2;
	child.runs = 0;
	/* "true": of all that stands in a directory of programs, what does least were it run. */
	len = snprintf(text, sizeof(text),
		       "{\"cniVersion\":\"%s\",\"name\":\"n\",\"ipam\":{\"type\":\"true\"}}",
		       cni_version_name(data[0] % CNI_VERSIONS));
	must(conf_parse(&conf, text, (size_t)len, &env, NULL) == 0);
	a.conf = &conf;
	a.request = text;
	a.request_len = (size_t)len;
	ask(&a);
	cni_result_free(&a.result);
	conf_free(&conf);
	return 0;
}
