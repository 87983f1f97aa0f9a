/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of pkg/ipam share: values from text, and a store's directory to look into. */
#ifndef TEST_IPAM_H
#define TEST_IPAM_H

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "pkg/base/ip.h"
#include "pkg/ipam/range.h"
#include "pkg/ipam/store_dir.h"
#include "test/unit/test.h"

#define NETWORK "net"

__attribute__((unused)) static const struct owner c1 = { "c1", "eth0" }, c2 = { "c2", "eth0" };

/* Of a text that the test wrote itself: anything else ends the test. "" and NULL are none. */
static inline struct ip ip_of(const char *text)
{
	struct ip ip = { 0 };

	if (text && *text && ip_parse(text, &ip) < 0)
		abort();
	return ip;
}

static inline struct range range_of(const char *subnet, const char *start, const char *end,
				    const char *gateway)
{
	struct range r = { .start = ip_of(start), .end = ip_of(end), .gateway = ip_of(gateway) };

	if (subnet && *subnet && prefix_parse(subnet, &r.subnet) < 0)
		abort();
	return r;
}

static inline struct range complete_range_of(const char *subnet, const char *start, const char *end)
{
	struct range r = range_of(subnet, start, end, NULL);

	if (range_complete(&r, "test", NULL) < 0)
		abort();
	return r;
}

/* A new, empty dataDir for each call. */
static inline const char *new_data_dir(void)
{
	static char path[128];
	static int count;

	snprintf(path, sizeof(path), "%s/%d", test_dir(), ++count);
	if (mkdir(path, 0755) < 0)
		abort();
	return path;
}

/* data_dir/net/name; the text stays good until the fourth call from now. */
static inline const char *path_of(const char *data_dir, const char *name)
{
	static char paths[4][512];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/" NETWORK "/%s", data_dir, name);
	return path;
}

static inline bool exists(const char *data_dir, const char *name)
{
	struct stat st;

	return lstat(path_of(data_dir, name), &st) == 0;
}

/* Makes the network's directory, too. */
static inline void put_file(const char *data_dir, const char *name, const char *data, size_t len)
{
	int fd;

	mkdir(path_of(data_dir, ""), 0755);
	fd = open(path_of(data_dir, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
}

static inline void put_text(const char *data_dir, const char *name, const char *text)
{
	put_file(data_dir, name, text, strlen(text));
}

/* What is in the file, with "\r\n" and "\n" made visible; "(none)" if there is no file. */
static inline const char *content(const char *data_dir, const char *name)
{
	static char shown[512];
	char raw[200];
	size_t len = 0;
	int fd = open(path_of(data_dir, name), O_RDONLY | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, raw, sizeof(raw));

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return "(none)";
	for (ssize_t i = 0; i < n; i++)
		len += (size_t)snprintf(shown + len, sizeof(shown) - len, "%s",
					raw[i] == '\r' ? "\\r" :
					raw[i] == '\n' ? "\\n" :
							 (char[]){ raw[i], '\0' });
	shown[len] = '\0';
	return shown;
}

/* The store of the network, made if need be. Close it before the next one is opened. */
static inline struct store *open_store(const char *data_dir)
{
	struct store *s;
	struct err err = { 0 };

	if (store_dir_open(data_dir, NETWORK, true, &s, &err) < 0) {
		printf("Bail out! %s\n", err.msg);
		exit(1);
	}
	return s;
}

static inline int reserve(struct store *s, const char *text, const struct owner *o, struct err *err)
{
	struct ip ip = ip_of(text);

	return s->ops->reserve(s, &ip, o, err);
}

/* One command: opens, reserves, closes. */
static inline int reserve_in(const char *data_dir, const char *text, const struct owner *o)
{
	struct store *s = open_store(data_dir);
	int rc = reserve(s, text, o, NULL);

	s->ops->close(s);
	return rc;
}

static inline int release_in(const char *data_dir, const struct owner *o)
{
	struct store *s = open_store(data_dir);
	size_t released = 0;
	int rc = s->ops->release(s, o, &released, NULL);

	s->ops->close(s);
	return rc < 0 ? rc : (int)released;
}

static inline int retain_in(const char *data_dir, const struct owner *valid, size_t n_valid)
{
	struct store *s = open_store(data_dir);
	size_t released = 0;
	int rc = s->ops->retain(s, valid, n_valid, &released, NULL);

	s->ops->close(s);
	return rc < 0 ? rc : (int)released;
}

/* What is free, else what can be reclaimed; "" when there is none. */
static inline const char *next_free_in(const char *data_dir, const char *first, const char *last)
{
	static char text[IP_STR_MAX];
	struct store *s = open_store(data_dir);
	struct ip from = ip_of(first), to = ip_of(last), ip = { 0 };
	int rc = s->ops->next_free(s, &from, &to, &ip, NULL);

	if (rc == -ENOENT && s->ops->reclaim(s, &from, &to, NULL) > 0)
		rc = s->ops->next_free(s, &from, &to, &ip, NULL);
	ip_format(rc == 0 ? &ip : &(struct ip){ 0 }, text);
	s->ops->close(s);
	return text;
}

static inline int count_one(const struct ip *ip, void *ctx)
{
	(void)ip;
	++*(int *)ctx;
	return 0;
}

static inline int held_in(const char *data_dir, const struct owner *o)
{
	struct store *s = open_store(data_dir);
	int count = 0, rc = s->ops->held(s, o, count_one, &count, NULL);

	s->ops->close(s);
	return rc < 0 ? rc : count;
}

#endif
