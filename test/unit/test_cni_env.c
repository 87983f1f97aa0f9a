// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/env.h"

#include <errno.h>

#include "test/unit/test.h"

/* The environment is what these say and no more; NULL: not set. */
struct vars {
	const char *command, *id, *netns, *ifname, *path, *args, *override;
};

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static int read_env(const struct vars *v, struct cni_env *env, struct err *err)
{
	set("CNI_COMMAND", v->command);
	set("CNI_CONTAINERID", v->id);
	set("CNI_NETNS", v->netns);
	set("CNI_IFNAME", v->ifname);
	set("CNI_PATH", v->path);
	set("CNI_ARGS", v->args);
	set("CNI_NETNS_OVERRIDE", v->override);
	*err = (struct err){ 0 };
	return cni_env_read(env, err);
}

static void what_is_set_is_read(void)
{
	const struct vars all = {
		"ADD", "pod1", "/run/netns/x", "eth0", "/opt/cni/bin", "A=B", "1"
	};
	struct cni_env env;
	struct err err;

	is_int(read_env(&all, &env, &err), 0, "a full environment is read");
	is_int(env.verb, CNI_ADD, "the verb");
	is_str(env.container_id, "pod1", "the container id");
	is_str(env.netns, "/run/netns/x", "the netns");
	is_str(env.ifname, "eth0", "the interface name");
	is_str(env.path, "/opt/cni/bin", "the path");
	is_str(env.args, "A=B", "the arguments");
	is_true(env.netns_override, "the override");
}

static void a_verb_asks_for_what_it_needs_and_names_all_that_is_missing(void)
{
	static const struct {
		const char *verb, *msg;
		int code;
	} rows[] = {
		{ "ADD", "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME] missing",
		  4 },
		{ "DEL", "required env variables [CNI_CONTAINERID,CNI_IFNAME] missing", 4 },
		{ "CHECK", "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME] missing",
		  4 },
		{ "GC", "required env variables [CNI_PATH] missing", 4 },
		{ "STATUS", "", 0 },
		{ "VERSION", "", 0 },
		{ "add", "unknown CNI_COMMAND: add", 4 },
		{ "ADD ", "unknown CNI_COMMAND: ADD ", 4 },
		{ "", "unknown CNI_COMMAND: ", 4 },
		{ NULL, "unknown CNI_COMMAND: ", 4 },
	};

	for (int empty = 0; empty < 2; empty++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			const char *rest = empty ? "" : NULL, *verb = rows[i].verb;
			struct vars v = { verb, rest, rest, rest, rest, rest, rest };
			struct cni_env env;
			struct err err;

			is_int(read_env(&v, &env, &err), *rows[i].msg ? -EINVAL : 0,
			       "%s with nothing%s", verb ? verb : "(null)",
			       empty ? " (empty)" : "");
			is_str(err.msg, rows[i].msg, "says what it misses");
			is_int(err.code, rows[i].code, "with its code");
			if (!*rows[i].msg)
				is_true(!*env.container_id && !*env.netns && !*env.ifname &&
						!*env.path && !*env.args && !env.netns_override,
					"and has empty strings");
		}
}

static void a_verb_needs_no_more_than_the_specification_says(void)
{
	static const struct vars rows[] = {
		{ .command = "ADD", .id = "a", .netns = "/n", .ifname = "e" },
		{ .command = "CHECK", .id = "a", .netns = "/n", .ifname = "e" },
		{ .command = "DEL", .id = "a", .ifname = "e" },
		{ .command = "GC", .path = "/p" },
		{ .command = "GC", .path = "/p", .id = "not valid", .ifname = "not valid" },
		{ .command = "STATUS", .id = "not valid", .ifname = "not valid" },
		{ .command = "VERSION", .id = "/", .netns = "dummy", .ifname = "/" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cni_env env;
		struct err err;

		is_int(read_env(&rows[i], &env, &err), 0, "%zu: %s", i, rows[i].command);
		is_str(cni_verb_name(env.verb), rows[i].command, "… is that verb");
	}
}

static void a_container_id_follows_its_rule(void)
{
	static const struct {
		const char *id;
		bool valid;
	} rows[] = {
		{ "a", true },	   { "0", true },     { "a_b.c-D9", true }, { "default-x", true },
		{ "", false },	   { "-a", false },   { "_a", false },	    { ".a", false },
		{ "a/b", false },  { "a b", false },  { "a\n", false },	    { "a\xc3\xa4", false },
		{ "\xe4", false }, { "../x", false }, { "a:b", false },	    { "a\r\neth0", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct vars v = { .command = "DEL", .id = rows[i].id, .ifname = "eth0" };
		struct cni_env env;
		struct err err;

		is_int(cni_id_is_valid(rows[i].id), rows[i].valid, "\"%s\" is %svalid", rows[i].id,
		       rows[i].valid ? "" : "not ");
		is_int(read_env(&v, &env, &err), rows[i].valid ? 0 : -EINVAL, "DEL of it");
		is_int(err.code, rows[i].valid ? 0 : CNI_ERR_ENV, "with its code");
		if (!rows[i].valid && *rows[i].id)
			has_str(err.msg, rows[i].id, "names it");
	}
}

static void an_interface_name_follows_the_kernels_rule(void)
{
	static const struct {
		const char *name, *details; /* NULL: it is valid */
	} rows[] = {
		{ "eth0", NULL },
		{ "a", NULL },
		{ "...", NULL },
		{ "123456789012345", NULL },
		{ "net1@x", NULL },
		{ "1234567890123456", "it is longer than 15 bytes" },
		{ ".", "\".\" and \"..\" are no names" },
		{ "..", "\".\" and \"..\" are no names" },
		{ "a/b", "it has a \"/\", a \":\" or a blank in it" },
		{ "a:b", "it has a \"/\", a \":\" or a blank in it" },
		{ "a b", "it has a \"/\", a \":\" or a blank in it" },
		{ "a\n", "it has a \"/\", a \":\" or a blank in it" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct vars v = { "CHECK", "a", "/n", rows[i].name, NULL, NULL, NULL };
		struct cni_env env;
		struct err err;

		is_int(read_env(&v, &env, &err), rows[i].details ? -EINVAL : 0, "\"%s\" is %svalid",
		       rows[i].name, rows[i].details ? "not " : "");
		is_str(err.details, rows[i].details ? rows[i].details : "", "for a reason");
		if (rows[i].details)
			has_str(err.msg, rows[i].name, "and is named");
	}
}

static void the_override_is_a_switch(void)
{
	static const struct {
		const char *value;
		bool on;
	} rows[] = { { "1", true },    { "TRUE", true }, { "true", true }, { "0", false },
		     { "yes", false }, { "", false },	 { NULL, false } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct vars v = { .command = "VERSION", .override = rows[i].value };
		struct cni_env env;
		struct err err;

		read_env(&v, &env, &err);
		is_int(env.netns_override, rows[i].on, "CNI_NETNS_OVERRIDE=%s",
		       rows[i].value ? rows[i].value : "(null)");
	}
}

static void a_runtime_sets_the_command_and_a_person_does_not(void)
{
	unsetenv("CNI_COMMAND");
	is_true(!cni_env_is_runtime(), "not set: a person");
	setenv("CNI_COMMAND", "", 1);
	is_true(!cni_env_is_runtime(), "empty: a person");
	setenv("CNI_COMMAND", "x", 1);
	is_true(cni_env_is_runtime(), "set, to whatever: a runtime");
}

int main(void)
{
	what_is_set_is_read();
	a_verb_asks_for_what_it_needs_and_names_all_that_is_missing();
	a_verb_needs_no_more_than_the_specification_says();
	a_container_id_follows_its_rule();
	an_interface_name_follows_the_kernels_rule();
	the_override_is_a_switch();
	a_runtime_sets_the_command_and_a_person_does_not();
	return test_done();
}
