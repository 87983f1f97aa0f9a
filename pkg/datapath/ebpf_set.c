// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/datapath/ebpf_set.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <sys/file.h>
#include <sys/mman.h>
#include "pkg/base/cleanup.h"
#include "pkg/datapath/ebpf_hook.h"
#include "pkg/nl/nsid.h"

/* ---- the lock ------------------------------------------------------------------------------ */

/* On the netns itself: it needs no file, and whoever is in it sees the same. */
int ebpf_lock(int *lock, struct err *err)
{
	cleanup_fd int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return err_errno(err, CNI_ERR_KERNEL, -errno, "own netns: open");
	do
		rc = flock(fd, LOCK_EX);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return err_errno(err, CNI_ERR_KERNEL, -errno, "own netns: lock");
	*lock = steal_fd(&fd);
	return 0;
}

/* ---- maps ---------------------------------------------------------------------------------- */

static int *map_fd(struct ebpf_set *set, const char *name)
{
	if (strcmp(name, "ports") == 0)
		return &set->ports_fd;
	if (strcmp(name, "ip4") == 0)
		return &set->ip4_fd;
	if (strcmp(name, "ip6") == 0)
		return &set->ip6_fd;
	return strcmp(name, ".data.master") == 0 ? &set->master_fd : NULL;
}

static void keep_map(struct ebpf_set *set, uint32_t id)
{
	cleanup_fd int fd = bpf_map_get_fd_by_id(id);
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int *keep;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
		return;
	keep = map_fd(set, info.name);
	if (keep && *keep < 0)
		*keep = steal_fd(&fd);
}

static void *map_memory(int fd, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

#define PORTS_SIZE (IPVLAN_BPF_PORTS * sizeof(struct ipvlan_bpf_port))

static int map_all(struct ebpf_set *set, struct err *err)
{
	set->ports = map_memory(set->ports_fd, PORTS_SIZE);
	if (!set->ports)
		return err_errno(err, CNI_ERR_DATAPATH, -errno, "eBPF maps: map into memory");
	return 0;
}

#define MAPS_MAX 16 /* of one program */

/* The ids of the maps that a program uses. */
static uint32_t list_maps(int prog_fd, uint32_t ids[static MAPS_MAX])
{
	struct bpf_prog_info info = { .map_ids = (uintptr_t)ids, .nr_map_ids = MAPS_MAX };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len) < 0)
		return 0;
	return info.nr_map_ids < MAPS_MAX ? info.nr_map_ids : MAPS_MAX;
}

static bool uses_map(uint32_t prog_id, uint32_t map_id)
{
	cleanup_fd int prog = bpf_prog_get_fd_by_id(prog_id);
	uint32_t ids[MAPS_MAX], n = prog < 0 ? 0 : list_maps(prog, ids);

	for (uint32_t i = 0; i < n; i++)
		if (ids[i] == map_id)
			return true;
	return false;
}

int ebpf_set_open(int prog_fd, struct ebpf_set *set, struct err *err)
{
	uint32_t ids[MAPS_MAX], n = list_maps(prog_fd, ids);

	*set = (struct ebpf_set)EBPF_SET_NONE;
	for (uint32_t i = 0; i < n; i++)
		keep_map(set, ids[i]);
	set->master = map_memory(set->master_fd, sizeof(*set->master));
	if (!set->master)
		return err_errno(err, CNI_ERR_DATAPATH, -errno, "eBPF maps: map into memory");
	if (set->master->abi == IPVLAN_BPF_ABI)
		return map_all(set, err);
	return err_set(err, CNI_ERR_DATAPATH, -EPROTO,
		       "master #%u: its eBPF programs are of another version of ipvlan (maps %u, "
		       "ours %u); it can have new pods when the last of its old ones has gone",
		       set->master->ifindex, set->master->abi, IPVLAN_BPF_ABI);
}

void ebpf_set_close(struct ebpf_set *set)
{
	int fds[] = { set->ports_fd, set->ip4_fd, set->ip6_fd, set->master_fd };

	if (set->ports)
		munmap(set->ports, PORTS_SIZE);
	if (set->master)
		munmap(set->master, sizeof(*set->master));
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	*set = (struct ebpf_set)EBPF_SET_NONE;
}

/* ---- find ---------------------------------------------------------------------------------- */

int ebpf_set_find(struct nl *nl, int master, struct ebpf_set *set, struct err *err)
{
	cleanup_fd int prog = ebpf_hook_open(nl, master, TC_INGRESS, err);

	return prog < 0 ? -ENOENT : ebpf_set_open(prog, set, err);
}

int ebpf_set_of_program(uint32_t id, struct ebpf_set *set, struct err *err)
{
	cleanup_fd int prog = bpf_prog_get_fd_by_id(id);

	if (prog < 0)
		return err_errno(err, CNI_ERR_DATAPATH, -errno, "eBPF program %u: open", id);
	return ebpf_set_open(prog, set, err);
}

bool ebpf_set_is_on(struct nl *nl, int master)
{
	cleanup_fd int prog = ebpf_hook_open(nl, master, TC_INGRESS, NULL);

	return prog >= 0;
}

bool ebpf_set_is_used(struct nl *nl, const struct ebpf_set *set)
{
	cleanup_free struct link *all = NULL;
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info), id;
	size_t n = 0;

	if (bpf_obj_get_info_by_fd(set->master_fd, &info, &len) < 0 ||
	    link_list(nl, -1, &all, &n, NULL) < 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		struct tc_filter at = ebpf_pod_filter(all[i].ifindex);

		if (strcmp(all[i].kind, "veth") == 0 && tc_find_program(nl, &at, &id, NULL) == 0 &&
		    uses_map(id, info.id))
			return true;
	}
	return false;
}

#define MASTERS_MAX 64 /* with pods, in one netns */

/* By whichever of its programs is left: a kill may have come between the two. */
int ebpf_set_each(struct nl *nl, int (*fn)(struct ebpf_set *set, void *ctx), void *ctx)
{
	uint64_t here = nsid_cookie(nl);
	uint32_t id = 0, seen[MASTERS_MAX], n_seen = 0;
	int rc = 0;

	while (rc == 0 && bpf_prog_get_next_id(id, &id) == 0) {
		cleanup_fd int prog = ebpf_program_open(id, ebpf_program_names[TC_INGRESS]);
		struct ebpf_set set;
		bool is_new;

		if (prog < 0)
			prog = ebpf_program_open(id, ebpf_program_names[TC_EGRESS]);
		if (prog < 0)
			continue;
		ebpf_set_open(prog, &set, NULL);
		is_new = set.master && set.master->netns == here;
		for (uint32_t i = 0; i < n_seen; i++)
			is_new &= seen[i] != set.master->ifindex;
		if (is_new && n_seen < MASTERS_MAX) {
			seen[n_seen++] = set.master->ifindex;
			rc = fn(&set, ctx);
		}
		ebpf_set_close(&set);
	}
	return rc;
}

int ebpf_set_pod_program(const struct ebpf_set *set, int *fd, struct err *err)
{
	*fd = ebpf_program_open(set->master->pod_out, "ipvlan_pod_out");
	if (*fd == -ENOENT)
		return -ENOENT;
	return *fd < 0 ? err_errno(err, CNI_ERR_DATAPATH, *fd, "eBPF program for pods: open") : 0;
}
