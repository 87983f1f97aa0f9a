// SPDX-License-Identifier: GPL-2.0-or-later
/* Acts that change slaves and masters, one by one. */
#include "gale.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/wait.h>

static const struct ns *any_ns(const struct world *w)
{
	return &w->ns[any(NS_COUNT)];
}

static const char *any_name(char kind, unsigned int count)
{
	static char name[2][16];
	static unsigned int turn;

	turn ^= 1;
	snprintf(name[turn], sizeof(name[turn]), "%c%u", kind, any(count));
	return name[turn];
}

/* A device of this kind that is there now, else 0. Most tries hit. */
static int find(const struct world *w, char kind, unsigned int count, const struct ns **ns)
{
	int index, tries;

	for (tries = 0; tries < 10; tries++) {
		*ns = kind == 'm' && any(4) ? &w->ns[NS_HOST] : any_ns(w);
		index = ask_index(*ns, any_name(kind, count));
		if (index)
			return index;
	}
	return 0;
}

static int any_slave(const struct world *w, const struct ns **ns)
{
	return find(w, 's', SLAVES, ns);
}

static int any_master(const struct world *w, const struct ns **ns)
{
	return find(w, 'm', MASTERS, ns);
}

static uint16_t any_flag(void)
{
	return any(3) ? 0 : any(3);
}

/* A new slave is mostly brought up at once, or little would happen. */
static bool create(const struct world *w)
{
	const struct ns *ns, *in = any_ns(w);
	int master = any(5) ? any_master(w, &ns) : any_slave(w, &ns);
	const char *name = any_name('s', SLAVES);
	uint8_t address[16];
	unsigned int len;
	int index;

	if (!master || ask_create_slave(ns, name, master, any(3), any_flag(), in))
		return false;
	index = ask_index(in, name);
	len = address_of(any(ADDRESSES), any(2), address);
	if (any(8))
		ask_flags(in, index, IFF_UP, IFF_UP);
	ask_address(in, RTM_NEWADDR, index, address, len, len * 6);
	return true;
}

static bool delete (const struct world *w)
{
	const struct ns *ns;
	int index = any_slave(w, &ns);

	return index && !ask_delete(ns, index);
}

static bool rename_it(const struct world *w)
{
	const struct ns *ns;
	int index = any_slave(w, &ns);

	return index && !ask_rename(ns, index, any_name('s', SLAVES));
}

static bool move(const struct world *w)
{
	const struct ns *ns, *to = any_ns(w);
	int index = any_slave(w, &ns);

	if (!index || ask_move(ns, index, to))
		return false;
	if (any(2))
		ask_flags(to, index, IFF_UP, IFF_UP);
	return true;
}

static bool mode(const struct world *w)
{
	const struct ns *ns;
	int index = any_slave(w, &ns);

	return index && !ask_mode(ns, index, any(3), any_flag());
}

static bool updown(const struct world *w)
{
	const struct ns *ns;
	int index = any_slave(w, &ns);

	return index && !ask_flags(ns, index, any(3) ? IFF_UP : 0, IFF_UP);
}

static bool listen_to_all(const struct world *w)
{
	const struct ns *ns;
	int index = any_slave(w, &ns);
	unsigned int flag = any(2) ? IFF_ALLMULTI : IFF_PROMISC;

	return index && !ask_flags(ns, index, any(2) ? flag : 0, flag);
}

static bool mtu(const struct world *w)
{
	const struct ns *ns;
	int index = any_slave(w, &ns);

	return index && !ask_mtu(ns, index, 1280 + any(300));
}

static bool address(const struct world *w, bool is_v6)
{
	const struct ns *ns;
	int index = any_slave(w, &ns);
	uint16_t type = any(3) ? RTM_NEWADDR : RTM_DELADDR;
	uint8_t bytes[16];
	unsigned int len = address_of(any(ADDRESSES), is_v6, bytes);

	return index && !ask_address(ns, type, index, bytes, len, any(3) ? len * 6 : len * 8);
}

static bool address4(const struct world *w)
{
	return address(w, false);
}

static bool address6(const struct world *w)
{
	return address(w, true);
}

static bool master_change(const struct world *w)
{
	static unsigned int turn;
	const struct ns *ns;
	int index = any_master(w, &ns);
	uint8_t mac[6];

	if (!index)
		return false;
	switch (turn++ % 4) {
	case 0:
		return !ask_mtu(ns, index, 1280 + any(300));
	case 1:
		mac_of(any(MASTERS), mac);
		return !ask_mac(ns, index, mac);
	case 2:
		return !ask_flags(ns, index, 0, IFF_UP);
	default:
		return !ask_flags(ns, index, IFF_UP, IFF_UP);
	}
}

/* The master moves to another netns; the next to make masters makes another of its name. */
static bool master_move(const struct world *w)
{
	const struct ns *ns, *to = any_ns(w);
	int index = any_master(w, &ns);

	return index && !ask_move(ns, index, to) && !ask_flags(to, index, IFF_UP, IFF_UP);
}

static bool master_vanish(const struct world *w)
{
	const struct ns *ns;
	int index = any_master(w, &ns);

	if (!index || ask_delete(ns, index))
		return false;
	return masters_make(w);
}

/* A command in a netns, silent. */
static bool command(const struct ns *ns, char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (!setns(ns->fd, CLONE_NEWNET) && freopen("/dev/null", "w", stderr))
			execvp(argv[0], argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* Slaves in l3s get their datagrams another way when somebody looks; l3 ones leave another way. */
static bool rules(const struct world *w)
{
	static char on[] = "table inet t {\n"
			   "chain p { type filter hook prerouting priority raw; counter\n}\n"
			   "chain i { type filter hook input priority 0; ct state new counter\n}\n"
			   "chain o { type filter hook output priority 0; counter\n}\n"
			   "chain n { type nat hook postrouting priority 100; masquerade\n}\n"
			   "}";
	static char off[] = "flush ruleset";

	return command(any(4) ? &w->ns[NS_HOST] : any_ns(w),
		       (char *[]){ "nft", any(2) ? on : off, NULL });
}

/* What was the way out of l3 is no more, or is again. */
static bool route(const struct world *w)
{
	static char *const ways[] = { "m0", "m1", "lo" };
	const bool is_v6 = any(2);

	return command(&w->ns[NS_HOST],
		       (char *[]){ "ip", is_v6 ? "-6" : "-4", "route", "replace",
				   is_v6 ? "fd00::/120" : "10.0.0.0/27", "dev", ways[any(3)],
				   NULL });
}

bool masters_make(const struct world *w)
{
	static const char *const kinds[MASTERS] = { "veth", "veth", "dummy", "bridge", "vlan" };
	const struct ns *host = &w->ns[NS_HOST], *router = &w->ns[NS_ROUTER];
	char name[16], peer[16];
	uint8_t mac[6];
	unsigned int i;
	int index;

	for (i = 0; i < MASTERS; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		snprintf(peer, sizeof(peer), "w%u", i);
		if (ask_index(host, name))
			continue;
		if (!strcmp(kinds[i], "veth"))
			ask_create_pair(host, name, peer, router);
		else if (!strcmp(kinds[i], "vlan"))
			ask_create_vlan(host, name, ask_index(host, "m0"), 5);
		else
			ask_create(host, kinds[i], name, 0, NULL);
		index = ask_index(host, name);
		mac_of(i, mac);
		ask_mac(host, index, mac);
		ask_flags(host, index, IFF_UP, IFF_UP);
		ask_flags(router, ask_index(router, peer), IFF_UP, IFF_UP);
	}
	return true;
}

const struct act changes[] = {
	{ "slave: create", create, 12, 0 },
	{ "slave: delete", delete, 4, 0 },
	{ "slave: rename", rename_it, 3, 0 },
	{ "slave: move", move, 4, 0 },
	{ "slave: mode and flags", mode, 6, 0 },
	{ "slave: up or down", updown, 6, 0 },
	{ "slave: allmulti or promisc", listen_to_all, 3, 0 },
	{ "slave: mtu", mtu, 2, 0 },
	{ "slave: IPv4 address", address4, 6, 0 },
	{ "slave: IPv6 address", address6, 6, 0 },
	{ "master: mtu, mac, up or down", master_change, 3, 0 },
	{ "master: move", master_move, 1, 0 },
	{ "master: vanish", master_vanish, 1, 0 },
	{ "netns: rules come or go", rules, 2, 0 },
	{ "host: routes", route, 3, 0 },
	{ 0 },
};
