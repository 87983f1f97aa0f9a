// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/datapath/tenant.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include "pkg/base/cleanup.h"
#include "pkg/nl/nsid.h"

/* Those of the netns of that id that stand on something in the socket's. */
static int each_of(struct nl *lower, int32_t nsid, int32_t home, tenant_fn fn, void *ctx)
{
	cleanup_free struct link *links = NULL;
	size_t n = 0;
	int rc = 0;

	if (link_list(lower, nsid, &links, &n, NULL) < 0)
		return 0;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct tenant t = { .link = links[i], .nsid = nsid };

		if (links[i].lower && links[i].lower_nsid == home)
			rc = fn(&t, ctx);
	}
	return rc;
}

/*
 * Podman, containerd, CRI-O and `ip netns` keep their netns in the first directory, docker in the
 * second. What has an id by now can be asked for its links.
 */
static void give_ids(struct nl *lower)
{
	static const char *const dirs[] = { "/run/netns", "/run/docker/netns" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		DIR *dir = opendir(dirs[i]);
		struct dirent *d;

		while (dir && (d = readdir(dir))) {
			cleanup_fd int fd = openat(dirfd(dir), d->d_name,
						   O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
			int32_t id;

			if (fd >= 0 && d->d_name[0] != '.')
				nsid_get(lower, fd, &id);
		}
		if (dir)
			closedir(dir);
	}
}

int tenant_each(struct nl *lower, tenant_fn fn, void *ctx)
{
	cleanup_free int32_t *ids = NULL;
	int rc = each_of(lower, -1, -1, fn, ctx);
	size_t n = 0;
	int32_t home;

	if (rc)
		return rc;
	give_ids(lower);
	home = nsid_self(lower);
	if (home < 0 || nsid_list(lower, &ids, &n, NULL) < 0)
		return 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (ids[i] != home)
			rc = each_of(lower, ids[i], home, fn, ctx);
	return rc;
}

struct wanted {
	const struct link *master;
	const char *kind;
	struct tenant *out;
};

static int take_if_wanted(const struct tenant *t, void *ctx)
{
	const struct wanted *w = ctx;

	if (strcmp(t->link.kind, w->kind) != 0 || t->link.lower != w->master->ifindex)
		return 0;
	*w->out = *t;
	return 1;
}

bool tenant_find(struct nl *lower, const struct link *master, const char *kind, struct tenant *out)
{
	struct wanted w = { master, kind, out };

	return tenant_each(lower, take_if_wanted, &w) == 1;
}

char *tenant_format(const struct tenant *t, char buf[static TENANT_STR_MAX])
{
	int network = 0, id = 0, end = 0;
	const char *s = t->link.alias;

	if (sscanf(s, "cni:%*[^:]%n:%*[^:]%n:%*s%n", &network, &id, &end) == 0 && end)
		snprintf(buf, TENANT_STR_MAX, "%s of container %.*s in network %.*s", t->link.name,
			 id - network - 1, s + network + 1, network - 4, s + 4);
	else if (t->nsid < 0)
		snprintf(buf, TENANT_STR_MAX, "%s of the host", t->link.name);
	else
		snprintf(buf, TENANT_STR_MAX, "%s in netns id %d", t->link.name, t->nsid);
	return buf;
}
