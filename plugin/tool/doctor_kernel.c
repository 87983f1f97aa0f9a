// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel of this node can do. */
#include <string.h>
#include <linux/if_link.h>
#include <net/if_arp.h>
#include "pkg/datapath/datapath.h"
#include "plugin/tool/doctor.h"
#include "plugin/tool/driver_files.h"

/* Programs are loaded and thrown away; nothing is attached. */
static int probe_ebpf(struct doctor *d, struct err *err)
{
	struct datapath_ns ns = { .pod_fd = -1,
				  .lower = &d->node->home,
				  .home_fd = d->node->home_fd };
	struct link any = { .hw_type = ARPHRD_ETHER };
	struct datapath_spec spec = { .master = &any, .mode = IPVLAN_MODE_L2 };

	return datapath_ebpf.probe(&ns, &spec, err);
}

static void no_datapath(struct doctor *d)
{
	struct driver_files f;
	struct err err = { 0 };

	driver_files_look(&f);
	if (!f.is_any_there && probe_ebpf(d, &err) < 0)
		doctor_find(d, "this kernel has no ipvlan driver, and takes no eBPF: %s%s%s",
			    err.msg, err.details[0] ? ": " : "", err.details);
}

static void driver_absent(struct doctor *d)
{
	struct driver_files f;

	driver_files_look(&f);
	if (!f.is_any_there && probe_ebpf(d, NULL) == 0)
		doctor_find(d, "this kernel has no ipvlan driver: pods are attached by eBPF");
}

/* What a configuration asks for that eBPF does not have. */
static const char *need_of(const struct conf *conf)
{
	if (conf->datapath && strcmp(conf->datapath, datapath_kernel.name) == 0)
		return "\"datapath\": \"kernel\"";
	if (conf->mode == IPVLAN_MODE_L3S)
		return "\"mode\": \"l3s\"";
	return conf->link_in_container ? "\"linkInContainer\": true" : NULL;
}

static void driver_needed(struct doctor *d)
{
	struct driver_files f;

	driver_files_look(&f);
	for (size_t i = 0; i < d->n_confs && !f.is_any_there; i++) {
		const struct configured *c = &d->confs[i];

		if (c->is_ours && !err_is_set(&c->refused) && need_of(&c->conf))
			doctor_find(d, "%s: %s needs the driver, which this kernel does not have",
				    doctor_file(c), need_of(&c->conf));
	}
}

static void driver_not_loaded(struct doctor *d)
{
	struct driver_files f;

	driver_files_look(&f);
	if (f.ours[0] && !f.is_loaded)
		doctor_find(d, "the driver is built (%s) and not loaded", f.ours);
}

static void driver_other(struct doctor *d)
{
	struct driver_files f;

	driver_files_look(&f);
	if (f.ours[0] && f.is_loaded && !f.is_ours_loaded)
		doctor_find(d, "the kernel's own driver is loaded, though ours is installed (%s)",
			    f.ours);
}

static void driver_unsigned(struct doctor *d)
{
	struct driver_files f;

	driver_files_look(&f);
	if (f.ours[0] && !f.is_ours_signed && driver_files_are_guarded())
		doctor_find(d, "Secure Boot is on, and %s has no signature: it will not be loaded",
			    f.ours);
}

const struct check doctor_kernel[] = {
	{ "no-datapath", SEVERITY_ERROR,
	  "install the driver (make module, or the package ipvlan-dkms), or a kernel from 5.17",
	  no_datapath, NULL },
	{ "driver-absent", SEVERITY_NOTE,
	  "nothing, unless you want mode l3s: then install the driver", driver_absent, NULL },
	{ "driver-needed", SEVERITY_ERROR, "install the driver, or change the configuration",
	  driver_needed, NULL },
	{ "driver-not-loaded", SEVERITY_NOTE,
	  "modprobe ipvlan; the first ADD does it too, if it may", driver_not_loaded, NULL },
	{ "driver-other", SEVERITY_WARNING,
	  "when no pod is on it: modprobe -r ipvlan && depmod && modprobe ipvlan", driver_other,
	  NULL },
	{ "driver-unsigned", SEVERITY_ERROR,
	  "sign it with a key that the firmware knows (README, The driver)", driver_unsigned,
	  NULL },
	{ 0 },
};
