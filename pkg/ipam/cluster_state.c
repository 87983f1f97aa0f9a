// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/cluster_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"

#define STATE_MAX (256U << 10) /* bytes: some thousand blocks */

/* ---- the directory ------------------------------------------------------------------------- */

static int open_dir(int at, const char *path)
{
	return openat(at, path, O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

int cluster_dir_open(struct cluster_dir *d, const char *data_dir, const char *network,
		     struct err *err)
{
	size_t size = strlen(data_dir) + strlen(network) + 40;
	int rc;

	*d = (struct cluster_dir){ .path = mem_new(size, 1), .fd = -1, .pending_fd = -1 };
	snprintf(d->path, size, "%s/.ipvlan-cluster/%s/pending", data_dir, network);
	rc = file_mkdirs(d->path, 0700);
	*strrchr(d->path, '/') = '\0';
	if (rc == 0) {
		d->fd = open_dir(AT_FDCWD, d->path);
		d->pending_fd = d->fd < 0 ? -1 : open_dir(d->fd, "pending");
		rc = d->pending_fd < 0 ? -errno : 0;
	}
	return rc < 0 ? err_errno(err, CNI_ERR_STATE, rc, "%s", d->path) : 0;
}

void cluster_dir_close(struct cluster_dir *d)
{
	if (d->fd >= 0)
		close(d->fd);
	if (d->pending_fd >= 0)
		close(d->pending_fd);
	free(d->path);
	*d = (struct cluster_dir){ .fd = -1, .pending_fd = -1 };
}

/* ---- the state ----------------------------------------------------------------------------- */

static void take_line(struct cluster_state *s, const char *key, const char *value)
{
	struct ip ip;

	if (strcmp(key, "block") == 0 && ip_parse(value, &ip) == 0)
		ips_append(&s->blocks, &ip);
	else if (strcmp(key, "foreign") == 0 && ip_parse(value, &ip) == 0)
		ips_append(&s->foreign, &ip);
	else if (strcmp(key, "cluster") == 0)
		s->cluster = strtoull(value, NULL, 10);
	else if (strcmp(key, "epoch") == 0)
		snprintf(s->epoch, sizeof(s->epoch), "%s", value);
	else if (strcmp(key, "settled") == 0)
		s->is_settled = strcmp(value, "1") == 0;
	else if (strcmp(key, "registered") == 0)
		s->registered_s = strtoll(value, NULL, 10);
	else if (strcmp(key, "endpoint") == 0)
		s->endpoint = strtoul(value, NULL, 10);
	else if (strcmp(key, "token") == 0)
		snprintf(s->token, sizeof(s->token), "%s", value);
}

bool cluster_state_read(const struct cluster_dir *d, struct cluster_state *s)
{
	cleanup_free char *text = mem_new(STATE_MAX, 1);
	char *rest = text, *line;
	bool is_whole = false;

	*s = (struct cluster_state){ 0 };
	if (file_read(d->fd, "state", text, STATE_MAX) < 0)
		return false;
	while ((line = strsep(&rest, "\n"))) {
		char *value = strchr(line, ' ');

		is_whole |= strcmp(line, "end") == 0;
		if (value) {
			*value++ = '\0';
			take_line(s, line, value);
		}
	}
	if (!is_whole) {
		cluster_state_free(s);
		return false;
	}
	return true;
}

static void put_ips(FILE *f, const char *key, const struct ips *ips)
{
	char text[IP_STR_MAX];

	for (size_t i = 0; i < ips->count; i++)
		fprintf(f, "%s %s\n", key, ip_format(&ips->v[i], text));
}

void cluster_state_write(const struct cluster_dir *d, const struct cluster_state *s)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = mem_must(open_memstream(&text, &len));

	fprintf(f, "cluster %" PRIu64 "\nepoch %s\nsettled %d\n", s->cluster, s->epoch,
		s->is_settled);
	fprintf(f, "registered %" PRId64 "\nendpoint %zu\n", s->registered_s, s->endpoint);
	if (s->token[0])
		fprintf(f, "token %s\n", s->token);
	put_ips(f, "block", &s->blocks);
	put_ips(f, "foreign", &s->foreign);
	fputs("end\n", f);
	if (fclose(f) == 0)
		file_replace_lazy(d->fd, "state", text, len, 0600);
	free(text);
}

void cluster_state_free(struct cluster_state *s)
{
	ips_free(&s->blocks);
	ips_free(&s->foreign);
	*s = (struct cluster_state){ 0 };
}

/* ---- what is to be said to the engine ------------------------------------------------------- */

/* Neither name has a colon: container ids are letters, digits and "_.-". */
static char *pending_name(const struct owner *o, char buf[static NAME_MAX + 1])
{
	snprintf(buf, NAME_MAX + 1, "%s:%s", o->container_id, o->ifname);
	return buf;
}

int cluster_pending_add(const struct cluster_dir *d, const struct owner *o, struct err *err)
{
	char name[NAME_MAX + 1];
	int rc = file_create(d->pending_fd, pending_name(o, name), "", 0, 0600);

	if (rc == 0 || rc == -EEXIST)
		return 0;
	return err_errno(err, CNI_ERR_STATE, rc, "%s/pending/%s", d->path, name);
}

void cluster_pending_drop(const struct cluster_dir *d, const struct owner *o)
{
	char name[NAME_MAX + 1];

	unlinkat(d->pending_fd, pending_name(o, name), 0);
}

int cluster_pending_each(const struct cluster_dir *d, size_t max,
			 int (*fn)(const struct owner *o, void *ctx), void *ctx)
{
	int fd = openat(d->pending_fd, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && rc == 0 && max && (entry = readdir(dir))) {
		char *colon = strchr(entry->d_name, ':');
		struct owner o = { entry->d_name, colon ? colon + 1 : "" };

		if (!colon || entry->d_name[0] == '.')
			continue;
		*colon = '\0';
		rc = fn(&o, ctx);
		max--;
	}
	if (dir)
		closedir(dir);
	return rc;
}
