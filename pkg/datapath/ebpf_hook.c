// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/datapath/ebpf_hook.h"

#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include "pkg/base/cleanup.h"

#define TCX_INGRESS 46 /* enum bpf_attach_type of Linux 6.6: BPF_TCX_INGRESS, and the next */
#define TCX_EGRESS  47
#define TCX_MAX	    64 /* programs on one hook (BPF_MPROG_MAX) */

#define PREF   0xd000
#define HANDLE 0x6970

const char *const ebpf_program_names[] = {
	[TC_INGRESS] = "ipvlan_wire_in",
	[TC_EGRESS] = "ipvlan_host_out",
};

struct tc_filter ebpf_pod_filter(int host_end)
{
	return (struct tc_filter){
		.ifindex = host_end, .hook = TC_INGRESS, .pref = 1, .handle = HANDLE
	};
}

static struct tc_filter master_filter(int master, enum tc_hook hook)
{
	return (struct tc_filter){
		.ifindex = master,
		.hook = hook,
		.pref = PREF,
		.handle = HANDLE,
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

bool ebpf_hook_has_tcx(int ifindex)
{
	uint32_t ids[TCX_MAX], n;

	return list_tcx(ifindex, TC_INGRESS, ids, &n) == 0;
}

int ebpf_program_open(uint32_t id, const char *name)
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

int ebpf_hook_open(struct nl *nl, int master, enum tc_hook hook, struct err *err)
{
	struct tc_filter at = master_filter(master, hook);
	uint32_t ids[TCX_MAX], n = 0, id;
	int rc;

	if (list_tcx(master, hook, ids, &n) == 0)
		for (uint32_t i = 0; i < n; i++) {
			int fd = ebpf_program_open(ids[i], ebpf_program_names[hook]);

			if (fd >= 0)
				return fd;
		}
	rc = tc_find_program(nl, &at, &id, err);
	return rc < 0 ? rc : ebpf_program_open(id, ebpf_program_names[hook]);
}

static int attach_tcx(int master, enum tc_hook hook, int fd, struct err *err)
{
	if (bpf_prog_attach(fd, master, (enum bpf_attach_type)tcx_of(hook), 0) < 0)
		return err_errno(err, CNI_ERR_DATAPATH, -errno, "eBPF program %s: attach",
				 ebpf_program_names[hook]);
	return 0;
}

static int attach_clsact(struct nl *nl, int master, enum tc_hook hook, int fd, struct err *err)
{
	struct tc_filter at = master_filter(master, hook);
	struct nl_batch b;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	tc_put_program(&b, &at, fd, ebpf_program_names[hook], 0);
	return nl_batch_commit(&b);
}

int ebpf_hook_attach(struct nl *nl, int master, enum tc_hook hook, int fd, bool is_tcx,
		     struct err *err)
{
	return is_tcx ? attach_tcx(master, hook, fd, err) :
			attach_clsact(nl, master, hook, fd, err);
}

int ebpf_hook_detach(struct nl *nl, int master, enum tc_hook hook, struct err *err)
{
	struct tc_filter at = master_filter(master, hook);
	int rc = 0;

	for (;;) {
		cleanup_fd int fd = ebpf_hook_open(nl, master, hook, err);

		if (fd < 0)
			return fd == -ENOENT ? rc : fd;
		if (bpf_prog_detach2(fd, master, (enum bpf_attach_type)tcx_of(hook)) < 0)
			rc = tc_remove_program(nl, &at, err);
		if (rc < 0)
			return rc;
	}
}
