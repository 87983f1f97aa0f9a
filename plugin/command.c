// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plugin/conf.h"
#include "plugin/journal.h"
#include "plugin/steps.h"
#include "plugin/tally.h"
#include "plugin/versions.h"

/* The result under construction begins as what the plugin before us in a chain answered. */
static int add(struct attach *a, struct conf *conf, struct err *err)
{
	a->result = conf->prev;
	conf->prev = (struct cni_result){ 0 };
	return steps_apply(a, err);
}

static int del(struct attach *a, struct conf *conf, struct err *err)
{
	(void)conf;
	return steps_revert(a, err);
}

static int check(struct attach *a, struct conf *conf, struct err *err)
{
	if (!conf->has_prev)
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "prevResult: missing; CHECK needs what ADD answered");
	a->result = conf->prev;
	conf->prev = (struct cni_result){ 0 };
	return steps_verify(a, err);
}

static int gc(struct attach *a, struct conf *conf, struct err *err)
{
	(void)conf;
	return steps_retain(a, err);
}

static int status(struct attach *a, struct conf *conf, struct err *err)
{
	(void)conf;
	return steps_ready(a, err);
}

static const struct command {
	int (*run)(struct attach *a, struct conf *conf, struct err *err);
	enum cni_version since; /* of the configuration */
} commands[CNI_VERBS] = {
	[CNI_ADD] = { add, CNI_0_1_0 },	      [CNI_DEL] = { del, CNI_0_1_0 },
	[CNI_CHECK] = { check, CNI_0_4_0 },   [CNI_GC] = { gc, CNI_1_1_0 },
	[CNI_STATUS] = { status, CNI_1_1_0 },
};

static int run_on(const struct command *c, struct conf *conf, const struct cni_env *env,
		  const char *request, size_t len, struct journal *j, struct err *err)
{
	struct attach a;
	int rc;

	if (conf->version < c->since)
		return err_set(err, CNI_ERR_VERSION, -EINVAL,
			       "config version does not allow %s: it is %s, %s came with %s",
			       cni_verb_name(env->verb), cni_version_name(conf->version),
			       cni_verb_name(env->verb), cni_version_name(c->since));
	rc = attach_open(&a, conf, env, err);
	if (rc < 0)
		return rc;
	a.request = request;
	a.request_len = len;
	rc = c->run(&a, conf, err);
	journal_note(j, &a);
	attach_close(&a);
	return rc;
}

/* On a configuration that was read, or could not be. */
static int run_read(const struct cni_env *env, const char *request, size_t len,
		    char version[static 16], struct err *err)
{
	uint64_t began_ns = tally_now_ns();
	struct journal j = { .datapath = "" };
	struct conf conf;
	int rc = conf_parse(&conf, request, len, env, err);

	if (conf.doc)
		snprintf(version, 16, "%s", conf.version_text ?: cni_version_name(CNI_0_1_0));
	if (rc == 0)
		rc = run_on(&commands[env->verb], &conf, env, request, len, &j, err);
	journal_write(&j, &conf, env, err, tally_now_ns() - began_ns);
	conf_free(&conf);
	return rc;
}

int command_run(const struct cni_env *env, const char *request, size_t len, char version[static 16],
		struct err *err)
{
	uint64_t began_ns = tally_now_ns();
	int rc = env->verb == CNI_VERSION ? versions_print(request, len) :
					    run_read(env, request, len, version, err);

	tally_add(env->verb, rc < 0 ? err->code : 0, tally_now_ns() - began_ns);
	return rc;
}
