// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The environment, its values separated by NUL. What is taken keeps the specification's rules,
 * which stand here once more; what is refused is code 4, explained.
 */
#include <stdio.h>
#include <unistd.h>
#include "pkg/cni/env.h"
#include "test/fuzz/fuzz.h"

static const char *const names[] = { "CNI_COMMAND=", "CNI_CONTAINERID=", "CNI_NETNS=",
				     "CNI_IFNAME=",  "CNI_ARGS=",	  "CNI_PATH=",
				     "CNI_NETNS_OVERRIDE=" };

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define N_NAMES (sizeof(names) / sizeof(names[0]))

static void check(const struct cni_env *env)
{
	const char *id = env->container_id, *name = env->ifname;

	must(env->verb < CNI_VERBS && env->args && env->netns && env->path);
	if (env->verb != CNI_ADD && env->verb != CNI_DEL && env->verb != CNI_CHECK)
		return;
	must(strcspn(id, LETTERS "0123456789") == 0);
	must(*id && id[strspn(id, LETTERS "0123456789_.-")] == '\0');
	must(*name && strlen(name) < 16 && !name[strcspn(name, "/: \t\n\v\f\r")]);
	must(env->verb == CNI_DEL || env->netns[0]);
}

static void read_environment(void)
{
	struct err err = { 0 };
	struct cni_args args;
	struct cni_env env;

	must(cni_env_is_runtime() == (getenv("CNI_COMMAND") && getenv("CNI_COMMAND")[0]));
	if (cni_env_read(&env, &err) < 0) {
		must(err.code == CNI_ERR_ENV);
		must_explain(&err);
		return;
	}
	check(&env);
	if (cni_args_parse(env.args, &args, &err) < 0)
		must_explain(&err);
	else
		cni_args_free(&args);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *env[N_NAMES + 1] = { 0 }, **old = environ;
	size_t n = 0;

	for (size_t at = 0; at < size && n < N_NAMES; n++) {
		must(asprintf(&env[n], "%s%s", names[n], text + at) > 0);
		at += strlen(text + at) + 1;
	}
	environ = env;
	read_environment();
	environ = old;
	while (n-- > 0)
		free(env[n]);
	free(text);
	return 0;
}
