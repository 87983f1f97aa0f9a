// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/env.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BIT(n) (1U << (n))

static const char *const verb_names[CNI_VERBS] = {
	[CNI_ADD] = "ADD", [CNI_DEL] = "DEL",	    [CNI_CHECK] = "CHECK",
	[CNI_GC] = "GC",   [CNI_STATUS] = "STATUS", [CNI_VERSION] = "VERSION",
};

/*
 * Each variable, where it goes, and the verbs that cannot be without it (the specification's
 * "CNI operations"). The reference plugins ask for CNI_PATH always; we do only where a plugin
 * to delegate to is looked for.
 */
static const struct {
	const char *name;
	size_t offset;
	unsigned int needed; /* bits of enum cni_verb */
} variables[] = {
	{ "CNI_CONTAINERID", offsetof(struct cni_env, container_id),
	  BIT(CNI_ADD) | BIT(CNI_DEL) | BIT(CNI_CHECK) },
	{ "CNI_NETNS", offsetof(struct cni_env, netns), BIT(CNI_ADD) | BIT(CNI_CHECK) },
	{ "CNI_IFNAME", offsetof(struct cni_env, ifname),
	  BIT(CNI_ADD) | BIT(CNI_DEL) | BIT(CNI_CHECK) },
	{ "CNI_PATH", offsetof(struct cni_env, path), BIT(CNI_GC) },
	{ "CNI_ARGS", offsetof(struct cni_env, args), 0 },
};

static const char *get(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

bool cni_env_is_runtime(void)
{
	return *get("CNI_COMMAND") != '\0';
}

const char *cni_verb_name(enum cni_verb verb)
{
	return verb_names[verb];
}

bool cni_id_is_valid(const char *id)
{
	if (!isascii(*id) || !isalnum(*id))
		return false;
	while (isascii(*id) && (isalnum(*id) || strchr("_.-", *id)))
		if (*id++ == '\0')
			return true;
	return false;
}

static int read_verb(enum cni_verb *verb, struct err *err)
{
	const char *command = get("CNI_COMMAND");

	for (enum cni_verb v = 0; v < CNI_VERBS; v++)
		if (strcmp(command, verb_names[v]) == 0) {
			*verb = v;
			return 0;
		}
	return err_set(err, CNI_ERR_ENV, -EINVAL, "unknown CNI_COMMAND: %s", command);
}

/* Fills in all strings; what this verb needs and is not there is named in one error. */
static int read_variables(struct cni_env *env, struct err *err)
{
	char missing[128] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		const char *value = get(variables[i].name);

		*(const char **)((char *)env + variables[i].offset) = value;
		if (*value || !(variables[i].needed & BIT(env->verb)))
			continue;
		len += (size_t)snprintf(missing + len, sizeof(missing) - len, "%s%s",
					len ? "," : "", variables[i].name);
	}
	if (len == 0)
		return 0;
	return err_set(err, CNI_ERR_ENV, -EINVAL, "required env variables [%s] missing", missing);
}

/* The kernel's rule for names (and the specification's); NULL if this one keeps it. */
static const char *ifname_fault(const char *name)
{
	if (strlen(name) >= IFNAMSIZ)
		return "it is longer than 15 bytes";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "\".\" and \"..\" are no names";
	for (; *name; name++)
		if (*name == '/' || *name == ':' || isspace((unsigned char)*name))
			return "it has a \"/\", a \":\" or a blank in it";
	return NULL;
}

static int check_names(const struct cni_env *env, struct err *err)
{
	const char *fault = ifname_fault(env->ifname);

	if (!cni_id_is_valid(env->container_id)) {
		err_set(err, CNI_ERR_ENV, 0, "CNI_CONTAINERID: invalid characters in \"%s\"",
			env->container_id);
		err_details(err, "it must begin with a letter or digit and have only letters, "
				 "digits, \"_\", \".\" and \"-\"");
		return -EINVAL;
	}
	if (fault) {
		err_set(err, CNI_ERR_ENV, 0, "CNI_IFNAME: invalid interface name \"%s\"",
			env->ifname);
		err_details(err, "%s", fault);
		return -EINVAL;
	}
	return 0;
}

int cni_env_read(struct cni_env *env, struct err *err)
{
	const char *override = get("CNI_NETNS_OVERRIDE");
	int rc;

	*env = (struct cni_env){ 0 };
	rc = read_verb(&env->verb, err);
	if (rc < 0)
		return rc;
	rc = read_variables(env, err);
	if (rc < 0)
		return rc;
	env->netns_override = strcmp(override, "1") == 0 || strcasecmp(override, "true") == 0;
	if (env->verb == CNI_ADD || env->verb == CNI_DEL || env->verb == CNI_CHECK)
		return check_names(env, err);
	return 0;
}
