// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/networks.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/cni/env.h"
#include "pkg/netns/netns.h"

/* A network's name begins with a letter or digit: what begins otherwise is something else. */
static int is_network(const struct dirent *entry)
{
	return cni_id_is_valid(entry->d_name) &&
	       (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

char **networks_list(const struct tool_options *o)
{
	struct dirent **entries = NULL;
	char **names;
	int n = 0;

	if (o->network)
		return mem_strs((const char *const[]){ o->network, NULL });
	n = scandir(o->data_dir, &entries, is_network, alphasort);
	names = mem_new((size_t)(n > 0 ? n : 0) + 1, sizeof(*names));
	for (int i = 0; i < n; i++) {
		names[i] = mem_str(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return names;
}

void networks_open(struct node *n)
{
	int fd;

	*n = (struct node){ .home_fd = -1, .home.fd = -1 };
	if (netns_open_self(&n->home_fd, NULL) == 0 &&
	    netns_socket(n->home_fd, n->home_fd, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &fd, NULL) ==
		    0)
		nl_open(&n->home, fd);
	lifetime_open(&n->lifetime, &n->home, -1, NULL);
}

void networks_close(struct node *n)
{
	nl_close(&n->home);
	if (n->home_fd >= 0)
		close(n->home_fd);
}

bool networks_open_store(const struct tool_options *o, struct node *n, const char *network,
			 struct store **s)
{
	struct err err = { 0 };

	if (store_dir_open(o->data_dir, network, false, s, &err) < 0)
		log_warn("%s", err.msg);
	else if (!*s)
		log_warn("ipam: there is no network %s in %s", network, o->data_dir);
	if (!*s)
		return false;
	(*s)->terms = (struct terms){ .is_gone = lifetime_is_over, .ctx = &n->lifetime };
	return true;
}

/* ---- reservations --------------------------------------------------------------------------- */

struct reading {
	const char *network;
	struct listing *listing;
};

static int append(const struct reservation *r, void *ctx)
{
	const struct reading *reading = ctx;
	struct listing *l = reading->listing;

	l->v = mem_resize(l->v, l->count + 1, sizeof(*l->v));
	l->v[l->count++] = (struct listed){
		.network = mem_str(reading->network),
		.ip = r->ip,
		.container_id = mem_str(r->owner->container_id),
		.ifname = mem_str(r->owner->ifname),
		.facts = *r->facts,
		.since_s = r->since_s,
		.state = r->is_foreign ? "foreign" :
			 r->is_resting ? "resting" :
			 r->why_stale  ? "stale" :
					 "held",
		.why = r->why_stale ? r->why_stale : "",
	};
	return 0;
}

static int by_address(const void *a, const void *b)
{
	return ip_cmp(&((const struct listed *)a)->ip, &((const struct listed *)b)->ip);
}

bool networks_read(struct store *s, const char *network, struct listing *l)
{
	struct reading reading = { network, l };
	struct err err = { 0 };
	size_t before = l->count;

	if (store_dir_each(s, append, &reading, &err) < 0) {
		log_warn("%s", err.msg);
		return false;
	}
	if (l->count)
		qsort(l->v + before, l->count - before, sizeof(*l->v), by_address);
	return true;
}

bool networks_read_all(const struct tool_options *o, struct node *n, struct listing *l)
{
	char **networks = networks_list(o);
	bool is_whole = true;

	*l = (struct listing){ 0 };
	for (char **name = networks; *name; name++) {
		struct store *s = NULL;

		if (!networks_open_store(o, n, *name, &s)) {
			is_whole = false;
			continue;
		}
		is_whole &= networks_read(s, *name, l);
		s->ops->close(s);
	}
	mem_strs_free(networks);
	return is_whole;
}

void networks_forget(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->v[i].network);
		free(l->v[i].container_id);
		free(l->v[i].ifname);
	}
	free(l->v);
	*l = (struct listing){ 0 };
}

/* ---- time ----------------------------------------------------------------------------------- */

char *networks_time(int64_t s, bool is_utc, char buf[static TIME_TEXT_MAX])
{
	time_t t = s;
	struct tm tm;

	buf[0] = '\0';
	if (s && (is_utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)))
		strftime(buf, TIME_TEXT_MAX, is_utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M", &tm);
	return buf;
}
