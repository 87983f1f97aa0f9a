// SPDX-License-Identifier: GPL-2.0-or-later
/* Acts that end much at once: a netns with all it has, the module. Requests that fail midway. */
#include "gale.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Slaves of the host's masters, in a netns that ends with its only process. */
static void pod_live(const struct world *w, unsigned int slaves)
{
	char name[16], master[16];
	uint8_t address[16];
	unsigned int i, len;
	struct ns self;
	int index;

	if (ask_ns_new(&self))
		_exit(1);
	for (i = 0; i < slaves; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		snprintf(master, sizeof(master), "m%u", any(MASTERS));
		index = ask_index(&w->ns[NS_HOST], master);
		if (!index || ask_create_slave(&w->ns[NS_HOST], name, index, any(3), 0, &self))
			continue;
		index = ask_index(&self, name);
		ask_flags(&self, index, IFF_UP, IFF_UP);
		len = address_of(any(ADDRESSES), i & 1, address);
		ask_address(&self, RTM_NEWADDR, index, address, len, len * 8);
	}
	_exit(0);
}

/* A master whose netns ends, while its slaves live in others, and one beside it. */
static void host_live(const struct world *w)
{
	char name[16];
	struct ns self;
	unsigned int i;
	int master;

	if (ask_ns_new(&self) || ask_create(&self, "dummy", "own", 0, NULL))
		_exit(1);
	master = ask_index(&self, "own");
	ask_flags(&self, master, IFF_UP, IFF_UP);
	for (i = 0; i < SLAVES; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		ask_create_slave(&self, name, master, any(3), 0,
				 i & 1 ? &w->ns[any(NS_COUNT)] : NULL);
	}
	_exit(0);
}

static bool succeeded(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool pod_end(const struct world *w)
{
	pid_t pid = fork();

	if (!pid)
		pod_live(w, 1 + any(30));
	return succeeded(pid);
}

static bool host_end(const struct world *w)
{
	pid_t pid = fork();

	if (!pid)
		host_live(w);
	return succeeded(pid);
}

/* Those who create slaves load it too, by asking for the kind: all of it races. */
static bool module_reload(const struct world *w)
{
	bool is_gone = !syscall(SYS_delete_module, "ipvlan", O_NONBLOCK);
	int fd = open(w->module, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		syscall(SYS_finit_module, fd, "", 0);
		close(fd);
	}
	return is_gone;
}

/*
 * The memory for a request runs out at its nth allocation (the kernel's fault injection,
 * /proc/PID/fail-nth). Done: an allocation did fail, whatever came of it.
 */
static bool starve(const struct world *w)
{
	const struct ns *host = &w->ns[NS_HOST], *in = &w->ns[any(NS_COUNT)];
	int master = ask_index(host, "m0"), fd = open("/proc/thread-self/fail-nth", O_RDWR), rc;
	char left[16] = "";
	uint8_t address[16];
	unsigned int len = address_of(any(ADDRESSES), any(2), address);

	if (fd < 0)
		return false;
	dprintf(fd, "%u", 1 + any(120));
	if (any(2))
		rc = ask_create_slave(host, "hungry", master, any(3), 0, in);
	else if (any(2))
		rc = ask_mode(in, ask_index(in, "s1"), any(3), 0);
	else
		rc = ask_address(in, RTM_NEWADDR, ask_index(in, "s1"), address, len, len * 6);
	pread(fd, left, sizeof(left) - 1, 0);
	pwrite(fd, "0", 1, 0);
	close(fd);
	if (!rc)
		ask_delete(in, ask_index(in, "hungry"));
	return !atoi(left);
}

const struct act ends[] = {
	{ "netns with slaves: end", pod_end, 6, 300 },
	{ "netns with a master: end", host_end, 2, 300 },
	{ "module: unload and load", module_reload, 1, 3000 },
	{ "request without memory", starve, 12, 10 },
	{ 0 },
};
