/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a runtime says in the environment (CNI specification 1.1.0, "Parameters"). */
#ifndef CNI_ENV_H
#define CNI_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/base/err.h"
#include "pkg/base/ip.h"

enum cni_verb { CNI_ADD, CNI_DEL, CNI_CHECK, CNI_GC, CNI_STATUS, CNI_VERSION, CNI_VERBS };

struct cni_env {
	enum cni_verb verb;
	/* Borrowed from the environment; "" where a verb does not need it and it is not set. */
	const char *container_id;
	const char *netns; /* a path */
	const char *ifname;
	const char *args;
	const char *path; /* CNI_PATH */
	bool netns_override;
};

/* True if CNI_COMMAND is set: a runtime speaks, not a person. */
bool cni_env_is_runtime(void);

/*
 * Reads and checks all of it. -EINVAL and code 4: an unknown verb; variables that are missing (all
 * of them in one message); a container id or interface name that is not valid (which rule it
 * breaks in the details).
 */
int cni_env_read(struct cni_env *env, struct err *err);

const char *cni_verb_name(enum cni_verb verb);

/* The rule for network names and container ids: ^[a-zA-Z0-9][a-zA-Z0-9_.\-]*$ */
bool cni_id_is_valid(const char *id);

/* What CNI_ARGS may say to us. Strings are inside buf; NULL: not given. */
struct cni_args {
	char *buf;
	const char *ip;	     /* IP=: addresses, or prefixes for static, separated by commas */
	const char *gateway; /* GATEWAY= */
	const char *mac;     /* MAC= */
};

/*
 * Parses "K=V;K=V". A pair without exactly one "=" and, without IgnoreUnknown=1|true, a key that
 * is neither ours nor K8S_*, are -EINVAL with code 4 naming it. Free with cni_args_free().
 */
int cni_args_parse(const char *text, struct cni_args *out, struct err *err);
void cni_args_free(struct cni_args *args);

/* The value of one key, cut to what fits, whatever the rest is. False: none, *out as it was. */
bool cni_args_find(const char *text, const char *key, char *out, size_t size);

#endif
