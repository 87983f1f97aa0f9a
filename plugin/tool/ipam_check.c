// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares reservations, interfaces and netns, both ways: each reservation has an interface that
 * carries it, as far as its netns can be reached; each interface of ours has a reservation.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/cni/json_out.h"
#include "pkg/netns/netns.h"
#include "pkg/nl/addr.h"
#include "pkg/nl/link.h"
#include "pkg/nl/nsid.h"
#include "plugin/tool/columns.h"
#include "plugin/tool/ipam.h"

#define NETNS_DIR "/run/netns"

struct checking {
	struct node *node;
	const struct listing *all;
	struct columns *columns; /* NULL: JSON */
	struct json_out *out;
	size_t differences;
};

__attribute__((format(printf, 4, 5))) static void tell(struct checking *c, const char *network,
						       const char *address, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->differences++;
	if (c->columns) {
		columns_put(c->columns, "%s", network);
		columns_put(c->columns, "%s", address);
		columns_put(c->columns, "%s", text);
		return;
	}
	json_out_object(c->out, NULL);
	json_out_str(c->out, "network", network);
	json_out_str(c->out, "address", address);
	json_out_str(c->out, "difference", text);
	json_out_end(c->out);
}

/* A netns and a socket in it. */
struct place {
	int fd;
	struct nl nl;
};

static bool open_place(const struct node *n, const char *path, struct place *p)
{
	int fd;

	*p = (struct place){ .fd = -1, .nl.fd = -1 };
	if (netns_open(path, &p->fd, NULL) < 0)
		return false;
	if (netns_socket(p->fd, n->home_fd, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &fd, NULL) < 0) {
		close(p->fd);
		return false;
	}
	nl_open(&p->nl, fd);
	return true;
}

static void close_place(struct place *p)
{
	nl_close(&p->nl);
	close(p->fd);
}

/* ---- from the reservation to the interface ------------------------------------------------- */

static bool has_address(struct nl *nl, int ifindex, const struct ip *ip)
{
	struct prefix *addresses = NULL;
	size_t count = 0;
	bool is_there = false;

	if (addr_list(nl, ifindex, &addresses, &count, NULL) < 0)
		return true; /* not known to be otherwise */
	for (size_t i = 0; i < count; i++)
		is_there |= ip_cmp(&addresses[i].ip, ip) == 0;
	free(addresses);
	return is_there;
}

static void check_interface(struct checking *c, const struct listed *r, struct place *p)
{
	char address[IP_STR_MAX];
	struct link link;

	ip_format(&r->ip, address);
	if (r->facts.cookie && nsid_cookie(&p->nl) != r->facts.cookie)
		tell(c, r->network, address, "%s is another netns by now, and its own may live",
		     r->facts.netns);
	else if (link_by_name(&p->nl, r->ifname, &link, NULL) < 0)
		tell(c, r->network, address, "there is no %s in %s", r->ifname, r->facts.netns);
	else if (!has_address(&p->nl, link.ifindex, &r->ip))
		tell(c, r->network, address, "%s in %s does not carry it", r->ifname,
		     r->facts.netns);
}

static void check_reservation(struct checking *c, const struct listed *r)
{
	char address[IP_STR_MAX];
	struct place p;

	ip_format(&r->ip, address);
	if (strcmp(r->state, "resting") == 0)
		return;
	if (strcmp(r->state, "stale") == 0)
		tell(c, r->network, address, "stale: %s", r->why);
	else if (strcmp(r->state, "foreign") == 0)
		tell(c, r->network, address, "what has this name is no reservation");
	else if (!r->facts.netns[0] || !r->ifname[0])
		return; /* another plugin's: nothing is known */
	else if (!open_place(c->node, r->facts.netns, &p))
		tell(c, r->network, address, "%s is gone, but nothing proves that its netns is",
		     r->facts.netns);
	else {
		check_interface(c, r, &p);
		close_place(&p);
	}
}

/* ---- from the interface to the reservation ------------------------------------------------- */

static bool holds_one(const struct listing *all, const char *alias)
{
	char identity[LINK_ALIAS_MAX];

	for (size_t i = 0; i < all->count; i++) {
		const struct listed *r = &all->v[i];

		snprintf(identity, sizeof(identity), "cni:%s:%s:%s", r->network, r->container_id,
			 r->ifname);
		if (strcmp(identity, alias) == 0)
			return true;
	}
	return false;
}

/* Whether the interface is of this network, whose reservations are known. */
static bool is_of(const char *alias, const char *network)
{
	size_t len = strlen(network);

	return strncmp(alias, "cni:", 4) == 0 && strncmp(alias + 4, network, len) == 0 &&
	       alias[4 + len] == ':';
}

static struct if_nameindex *names_in(const struct place *p, int home_fd)
{
	struct if_nameindex *names;

	if (netns_enter(p->fd, NULL) < 0)
		return NULL;
	names = if_nameindex();
	netns_leave(home_fd);
	return names;
}

static void check_netns(struct checking *c, const char *path, char **networks)
{
	struct if_nameindex *names;
	struct place p;

	if (!open_place(c->node, path, &p))
		return;
	names = names_in(&p, c->node->home_fd);
	for (struct if_nameindex *i = names; i && i->if_index; i++) {
		struct link link;

		if (link_by_name(&p.nl, i->if_name, &link, NULL) < 0)
			continue;
		for (char **name = networks; *name; name++)
			if (is_of(link.alias, *name) && !holds_one(c->all, link.alias))
				tell(c, *name, "", "%s in %s is %s, which holds no address",
				     link.name, path, link.alias);
	}
	if (names)
		if_freenameindex(names);
	close_place(&p);
}

static void check_all_netns(struct checking *c, char **networks)
{
	DIR *dir = opendir(NETNS_DIR);
	struct dirent *entry;
	char path[512];

	while (dir && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.') {
			snprintf(path, sizeof(path), NETNS_DIR "/%s", entry->d_name);
			check_netns(c, path, networks);
		}
	if (dir)
		closedir(dir);
}

/* ---- all of it ----------------------------------------------------------------------------- */

static void check_indexes(struct checking *c, const struct tool_options *o, char **networks)
{
	for (char **name = networks; *name; name++) {
		struct err err = { 0 };
		struct store *s = NULL;
		size_t differ = 0;

		if (!networks_open_store(o, c->node, *name, &s))
			continue;
		if (store_dir_check_index(s, &differ, &err) < 0)
			tell(c, *name, "", "%s", err.msg);
		else if (differ)
			tell(c, *name, "", "the index has %zu addresses wrong; it is made anew",
			     differ);
		s->ops->close(s);
	}
}

static void compare(struct checking *c, const struct tool_options *o, char **networks)
{
	for (size_t i = 0; i < c->all->count; i++)
		check_reservation(c, &c->all->v[i]);
	check_all_netns(c, networks);
	check_indexes(c, o, networks);
}

int ipam_check(const struct tool_options *o, struct node *n)
{
	static const char *const heads[] = { "NETWORK", "ADDRESS", "DIFFERENCE", NULL };
	char **networks = networks_list(o);
	struct checking c = { .node = n };
	struct columns columns;
	struct json_out out;
	struct listing l;
	bool is_whole = networks_read_all(o, n, &l);

	c.all = &l;
	if (o->is_json) {
		c.out = &out;
		json_out_open(&out);
		json_out_array(&out, "differences");
		compare(&c, o, networks);
		json_out_end(&out);
		json_out_print(&out);
	} else {
		c.columns = &columns;
		columns_open(&columns, heads);
		compare(&c, o, networks);
		columns_print(&columns);
	}
	networks_forget(&l);
	mem_strs_free(networks);
	return is_whole && !c.differences ? 0 : 1;
}
