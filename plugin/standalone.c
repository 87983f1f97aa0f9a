// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/standalone.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/netlink.h>
#include "pkg/netns/netns.h"
#include "plugin/steps.h"
#include "plugin/versions.h"

bool standalone_is_name(const char *program)
{
	const char *slash = program ? strrchr(program, '/') : NULL;

	return program && strcmp(slash ? slash + 1 : program, IPAM_NAME) == 0;
}

static void open_socket(int netns_fd, int home_fd, struct nl *nl)
{
	int fd;

	if (netns_socket(netns_fd, home_fd, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &fd, NULL) == 0)
		nl_open(nl, fd);
}

/*
 * The netns are looked at to know how long the attachment lives; an address can be given without
 * (the reference's host-local never looks).
 */
static void open_attach(struct attach *a, const struct conf *conf, const struct cni_env *env)
{
	*a = (struct attach){
		.conf = conf, .env = env, .home_fd = -1, .netns_fd = -1, .home.fd = -1, .pod.fd = -1
	};
	if (netns_open_self(&a->home_fd, NULL) < 0)
		return;
	open_socket(a->home_fd, a->home_fd, &a->home);
	if (env->netns[0] && netns_open(env->netns, &a->netns_fd, NULL) == 0)
		open_socket(a->netns_fd, a->home_fd, &a->pod);
	else
		a->netns_fd = -1;
}

static int add(struct attach *a, struct err *err)
{
	int rc = step_ipam.apply(a, err);

	if (rc < 0)
		return rc;
	rc = step_answer.apply(a, err);
	if (rc < 0)
		step_ipam.revert(a, NULL);
	return rc;
}

static int run(struct attach *a, struct err *err)
{
	switch (a->env->verb) {
	case CNI_ADD:
		return add(a, err);
	case CNI_DEL:
		return step_ipam.revert(a, err);
	case CNI_CHECK:
		return step_ipam.verify(a, err);
	case CNI_GC:
		return step_ipam.retain(a, err);
	default:
		return step_ipam.ready(a, err);
	}
}

int standalone_run(const struct cni_env *env, const char *request, size_t len,
		   char version[static 16], struct err *err)
{
	struct attach a;
	struct conf conf;
	int rc;

	if (env->verb == CNI_VERSION)
		return versions_print(request, len);
	rc = conf_parse_ipam(&conf, request, len, env, err);
	if (conf.version_text)
		snprintf(version, 16, "%s", conf.version_text);
	if (rc == 0) {
		open_attach(&a, &conf, env);
		rc = run(&a, err);
		attach_close(&a);
	}
	conf_free(&conf);
	return rc;
}
