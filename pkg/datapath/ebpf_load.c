// SPDX-License-Identifier: GPL-2.0-or-later
/* A set comes to its master, and goes. */
#include "pkg/datapath/ebpf_set.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/utsname.h>
#include "ipvlan.skel.h"
#include "pkg/base/cleanup.h"
#include "pkg/datapath/ebpf_hook.h"
#include "pkg/nl/nsid.h"

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
	int rc = ebpf_hook_detach(nl, master, TC_EGRESS, err);

	if (rc == 0 && !is_tcx)
		rc = add_clsact(nl, master, &is_ours, err);
	skel->data_master->master.made_qdisc = is_ours;
	if (rc == 0)
		rc = ebpf_hook_attach(nl, master, TC_EGRESS, fds[TC_EGRESS], is_tcx, err);
	if (rc == 0)
		rc = ebpf_hook_attach(nl, master, TC_INGRESS, fds[TC_INGRESS], is_tcx, err);
	if (rc < 0) {
		ebpf_hook_detach(nl, master, TC_EGRESS, NULL);
		if (is_ours)
			tc_remove_clsact(nl, master, NULL);
	}
	return rc;
}

/* What others have on clsact would not see what tcx redirects before it: there, behind them. */
static int put_on_master(struct nl *nl, int master, const struct ipvlan_bpf *skel, struct err *err)
{
	bool can_tcx = ebpf_hook_has_tcx(master);

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
	rc = ebpf_set_open(bpf_program__fd(skel->progs.ipvlan_wire_in), set, err);
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
	int rc = ebpf_hook_detach(nl, master, TC_EGRESS, err);

	if (rc == 0)
		rc = ebpf_hook_detach(nl, master, TC_INGRESS, err);
	if (rc == 0 && set->master->made_qdisc)
		rc = tc_remove_clsact(nl, master, err);
	return rc;
}

int ebpf_set_verify(struct nl *nl, const struct ebpf_set *set, struct err *err)
{
	for (enum tc_hook hook = TC_INGRESS; hook <= TC_EGRESS; hook++) {
		cleanup_fd int fd = ebpf_hook_open(nl, (int)set->master->ifindex, hook, err);

		if (fd == -ENOENT)
			return err_set(err, CNI_ERR_CHANGED, -ENOENT,
				       "master #%u: the program %s is gone from it",
				       set->master->ifindex, ebpf_program_names[hook]);
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
