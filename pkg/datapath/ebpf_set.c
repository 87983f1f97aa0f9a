// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * On a master the programs stand behind what others have there, so that those see what they saw
 * before: with tcx at the end of the list, with clsact at a pref higher than those that the kernel
 * gives by itself.
 */
#include "pkg/datapath/ebpf_set.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include "ipvlan.skel.h"
#include "pkg/base/cleanup.h"
#include "pkg/nl/nsid.h"

#define TCX_INGRESS 46 /* enum bpf_attach_type of Linux 6.6: BPF_TCX_INGRESS, and the next */
#define TCX_EGRESS  47
#define TCX_MAX	    64 /* programs on one hook (BPF_MPROG_MAX) */

#define PREF   0xd000
#define HANDLE 0x6970

static const char *const program_names[] = {
	[TC_INGRESS] = "ipvlan_wire_in",
	[TC_EGRESS] = "ipvlan_host_out",
};

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

/* ---- what the kernel has ------------------------------------------------------------------- */

static struct tc_filter master_filter(int master, enum tc_hook hook)
{
	return (struct tc_filter){
		.ifindex = master,
		.hook = hook,
		.pref = PREF,
		.handle = HANDLE,
	};
}

struct tc_filter ebpf_pod_filter(int host_end)
{
	return (struct tc_filter){
		.ifindex = host_end, .hook = TC_INGRESS, .pref = 1, .handle = HANDLE
	};
}

static int tcx_of(enum tc_hook hook)
{
	return hook == TC_INGRESS ? TCX_INGRESS : TCX_EGRESS;
}

/* The ids of the programs of a hook of tcx; -EINVAL: the kernel has no tcx. */
static int list_tcx(int ifindex, enum tc_hook hook, uint32_t ids[static TCX_MAX], uint32_t *n)
{
	*n = TCX_MAX;
	return bpf_prog_query(ifindex, (enum bpf_attach_type)tcx_of(hook), 0, NULL, ids, n) < 0 ?
		       -errno :
		       0;
}

static bool has_tcx(int ifindex)
{
	uint32_t ids[TCX_MAX], n;

	return list_tcx(ifindex, TC_INGRESS, ids, &n) == 0;
}

/* An fd of the program with that id if it has that name; else negative. */
static int open_named(uint32_t id, const char *name)
{
	cleanup_fd int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (fd < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
		return -errno;
	if (info.type != BPF_PROG_TYPE_SCHED_CLS || strcmp(info.name, name) != 0)
		return -ENOENT;
	return steal_fd(&fd);
}

/* Our program on a hook of a master, as an fd; -ENOENT. */
static int open_on(struct nl *nl, int master, enum tc_hook hook, struct err *err)
{
	struct tc_filter at = master_filter(master, hook);
	uint32_t ids[TCX_MAX], n = 0, id;
	int rc;

	if (list_tcx(master, hook, ids, &n) == 0)
		for (uint32_t i = 0; i < n; i++) {
			int fd = open_named(ids[i], program_names[hook]);

			if (fd >= 0)
				return fd;
		}
	rc = tc_find_program(nl, &at, &id, err);
	return rc < 0 ? rc : open_named(id, program_names[hook]);
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

/* The maps that a program uses are the set. */
static int open_maps(int prog_fd, struct ebpf_set *set, struct err *err)
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
	cleanup_fd int prog = open_on(nl, master, TC_INGRESS, err);

	return prog < 0 ? -ENOENT : open_maps(prog, set, err);
}

int ebpf_set_of_program(uint32_t id, struct ebpf_set *set, struct err *err)
{
	cleanup_fd int prog = bpf_prog_get_fd_by_id(id);

	if (prog < 0)
		return err_errno(err, CNI_ERR_DATAPATH, -errno, "eBPF program %u: open", id);
	return open_maps(prog, set, err);
}

bool ebpf_set_is_on(struct nl *nl, int master)
{
	cleanup_fd int prog = open_on(nl, master, TC_INGRESS, NULL);

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

/* By whichever of its programs is left: a kill may have come between the two. */
int ebpf_set_each(struct nl *nl, int (*fn)(struct ebpf_set *set, void *ctx), void *ctx)
{
	uint64_t here = nsid_cookie(nl);
	uint32_t id = 0, seen[TCX_MAX], n_seen = 0;
	int rc = 0;

	while (rc == 0 && bpf_prog_get_next_id(id, &id) == 0) {
		cleanup_fd int prog = open_named(id, program_names[TC_INGRESS]);
		struct ebpf_set set;
		bool is_new;

		if (prog < 0)
			prog = open_named(id, program_names[TC_EGRESS]);
		if (prog < 0)
			continue;
		open_maps(prog, &set, NULL);
		is_new = set.master && set.master->netns == here;
		for (uint32_t i = 0; i < n_seen; i++)
			is_new &= seen[i] != set.master->ifindex;
		if (is_new && n_seen < TCX_MAX) {
			seen[n_seen++] = set.master->ifindex;
			rc = fn(&set, ctx);
		}
		ebpf_set_close(&set);
	}
	return rc;
}

int ebpf_set_pod_program(const struct ebpf_set *set, int *fd, struct err *err)
{
	*fd = open_named(set->master->pod_out, "ipvlan_pod_out");
	if (*fd == -ENOENT)
		return -ENOENT;
	return *fd < 0 ? err_errno(err, CNI_ERR_DATAPATH, *fd, "eBPF program for pods: open") : 0;
}

/* ---- load ---------------------------------------------------------------------------------- */

/* What libbpf and the verifier say, kept for the person who reads the error. */
static char said[512];

static int keep_words(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBBPF_WARN && !said[0])
		vsnprintf(said, sizeof(said), fmt, ap);
	return 0;
}

static int load_failed(int rc, struct err *err)
{
	struct utsname kernel = { 0 };

	uname(&kernel);
	said[strcspn(said, "\n")] = '\0';
	if (rc == -EPERM || rc == -EACCES)
		err_set(err, CNI_ERR_DATAPATH, rc,
			"eBPF programs: this process may not load them; CAP_BPF and CAP_NET_ADMIN "
			"are needed");
	else
		err_errno(err, CNI_ERR_DATAPATH, rc,
			  "eBPF programs: the kernel (%s) does not take them; 5.17 or newer, built "
			  "with CONFIG_NET_CLS_BPF and CONFIG_NET_SCH_INGRESS, does",
			  kernel.release);
	if (said[0])
		err_details(err, "%s", said);
	return rc;
}

static uint32_t program_id(int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ? 0 : info.id;
}

static int open_and_load(struct nl *nl, const struct link *master, struct ipvlan_bpf **skel,
			 struct err *err)
{
	struct ipvlan_bpf_master *m;
	int rc;

	said[0] = '\0';
	libbpf_set_print(keep_words);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_memlock_rlim(0); /* kernels that need it are too old anyway */
	*skel = ipvlan_bpf__open();
	if (!*skel)
		return load_failed(-errno, err);
	m = &(*skel)->data_master->master;
	m->abi = IPVLAN_BPF_ABI;
	m->ifindex = (uint32_t)master->ifindex;
	m->netns = nsid_cookie(nl);
	m->end = 1;
	m->mtu = master->mtu;
	memcpy(m->mac, master->mac, 6);
	rc = ipvlan_bpf__load(*skel);
	if (rc < 0) {
		ipvlan_bpf__destroy(*skel);
		return load_failed(rc, err);
	}
	(*skel)->data_master->master.pod_out =
		program_id(bpf_program__fd((*skel)->progs.ipvlan_pod_out));
	return 0;
}

static int attach_tcx(int master, enum tc_hook hook, int fd, struct err *err)
{
	if (bpf_prog_attach(fd, master, (enum bpf_attach_type)tcx_of(hook), 0) < 0)
		return err_errno(err, CNI_ERR_DATAPATH, -errno, "eBPF program %s: attach",
				 program_names[hook]);
	return 0;
}

static int attach_clsact(struct nl *nl, int master, enum tc_hook hook, int fd, struct err *err)
{
	struct tc_filter at = master_filter(master, hook);
	struct nl_batch b;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	tc_put_program(&b, &at, fd, program_names[hook], 0);
	return nl_batch_commit(&b);
}

/* Whether it was made now, and so is ours to take away. */
static int add_clsact(struct nl *nl, int master, bool *is_ours, struct err *err)
{
	struct nl_batch b;
	int rc;

	nl_batch_begin(&b, nl, NULL, NULL, NULL);
	tc_put_clsact(&b, master, true);
	rc = nl_batch_commit(&b);
	*is_ours = rc == 0;
	if (rc < 0 && rc != -EEXIST)
		return err_errno(err, CNI_ERR_DATAPATH, rc, "master #%d: add clsact", master);
	return 0;
}

static int detach(struct nl *nl, int master, enum tc_hook hook, struct err *err)
{
	struct tc_filter at = master_filter(master, hook);
	int rc = 0;

	for (;;) {
		cleanup_fd int fd = open_on(nl, master, hook, err);

		if (fd < 0)
			return fd == -ENOENT ? rc : fd;
		if (bpf_prog_detach2(fd, master, (enum bpf_attach_type)tcx_of(hook)) < 0)
			rc = tc_remove_program(nl, &at, err);
		if (rc < 0)
			return rc;
	}
}

/*
 * The one by which the set is found comes last, and goes last: what a kill leaves in between, the
 * next one to come takes away.
 */
static int attach_both(struct nl *nl, int master, const struct ipvlan_bpf *skel, bool is_tcx,
		       struct err *err)
{
	int fds[] = { [TC_INGRESS] = bpf_program__fd(skel->progs.ipvlan_wire_in),
		      [TC_EGRESS] = bpf_program__fd(skel->progs.ipvlan_host_out) };
	bool is_ours = false;
	int rc = detach(nl, master, TC_EGRESS, err);

	if (rc == 0 && !is_tcx)
		rc = add_clsact(nl, master, &is_ours, err);
	skel->data_master->master.made_qdisc = is_ours;
	if (rc == 0)
		rc = is_tcx ? attach_tcx(master, TC_EGRESS, fds[TC_EGRESS], err) :
			      attach_clsact(nl, master, TC_EGRESS, fds[TC_EGRESS], err);
	if (rc == 0)
		rc = is_tcx ? attach_tcx(master, TC_INGRESS, fds[TC_INGRESS], err) :
			      attach_clsact(nl, master, TC_INGRESS, fds[TC_INGRESS], err);
	if (rc < 0) {
		detach(nl, master, TC_EGRESS, NULL);
		if (is_ours)
			tc_remove_clsact(nl, master, NULL);
	}
	return rc;
}

/* What others have on clsact would not see what tcx redirects before it: there, behind them. */
static int put_on_master(struct nl *nl, int master, const struct ipvlan_bpf *skel, struct err *err)
{
	bool can_tcx = has_tcx(master);

	if (can_tcx && tc_has_filters(nl, master) &&
	    attach_both(nl, master, skel, false, NULL) == 0)
		return 0;
	return attach_both(nl, master, skel, can_tcx, err);
}

int ebpf_set_load(struct nl *nl, const struct link *master, struct ebpf_set *set, int *pod_program,
		  struct err *err)
{
	struct ipvlan_bpf *skel = NULL;
	int rc = open_and_load(nl, master, &skel, err);

	if (rc < 0)
		return rc;
	rc = open_maps(bpf_program__fd(skel->progs.ipvlan_wire_in), set, err);
	if (rc == 0)
		rc = put_on_master(nl, master->ifindex, skel, err);
	if (rc == 0)
		rc = ebpf_set_pod_program(set, pod_program, err);
	if (rc < 0)
		ebpf_set_close(set);
	ipvlan_bpf__destroy(skel);
	return rc;
}

int ebpf_set_unload(struct nl *nl, struct ebpf_set *set, struct err *err)
{
	int master = (int)set->master->ifindex;
	int rc = detach(nl, master, TC_EGRESS, err);

	if (rc == 0)
		rc = detach(nl, master, TC_INGRESS, err);
	if (rc == 0 && set->master->made_qdisc)
		rc = tc_remove_clsact(nl, master, err);
	return rc;
}

int ebpf_set_verify(struct nl *nl, const struct ebpf_set *set, struct err *err)
{
	for (enum tc_hook hook = TC_INGRESS; hook <= TC_EGRESS; hook++) {
		cleanup_fd int fd = open_on(nl, (int)set->master->ifindex, hook, err);

		if (fd == -ENOENT)
			return err_set(err, CNI_ERR_CHANGED, -ENOENT,
				       "master #%u: the program %s is gone from it",
				       set->master->ifindex, program_names[hook]);
		if (fd < 0)
			return fd;
	}
	return 0;
}

/* The smallest program of its type. */
int ebpf_probe(struct err *err)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	cleanup_fd int fd =
		bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "ipvlan_probe", "GPL", insns, 2, NULL);

	said[0] = '\0';
	return fd < 0 ? load_failed(-errno, err) : 0;
}
