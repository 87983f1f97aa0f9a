// SPDX-License-Identifier: GPL-2.0-or-later
/* The interfaces that pods stand on, and who else is at them. */
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pkg/base/log.h"
#include "pkg/datapath/master.h"
#include "pkg/netns/netns.h"
#include "pkg/nl/route.h"
#include "plugin/tool/doctor.h"

#define LOWER_UP 0x10000	/* IFF_LOWER_UP of linux/if.h, which is at odds with net/if.h */
#define HOST_END "ipvl0a1b2c3d" /* like what the host has for a pod by eBPF */

/* One by one, each master once. */
static bool is_first_on(const struct doctor *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (doctor_has_master(&d->confs[k]) &&
		    d->confs[k].master.ifindex == d->confs[i].master.ifindex)
			return false;
	return doctor_has_master(&d->confs[i]);
}

/* ---- is it there, and up -------------------------------------------------------------------- */

static void master_missing(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++) {
		const struct configured *c = &d->confs[i];

		if (err_is_set(&c->no_master) && !c->master.ifindex)
			doctor_find(d, "%s: %s%s%s", doctor_file(c), c->no_master.msg,
				    c->no_master.details[0] ? "; " : "", c->no_master.details);
	}
}

static void master_down(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++)
		if (is_first_on(d, i) && !(d->confs[i].master.flags & IFF_UP))
			doctor_find(d, "%s: master %s is down", doctor_file(&d->confs[i]),
				    d->confs[i].master.name);
}

static void master_no_carrier(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++)
		if (is_first_on(d, i) && d->confs[i].master.flags & IFF_UP &&
		    !(d->confs[i].master.flags & LOWER_UP))
			doctor_find(d, "%s: master %s has no carrier", doctor_file(&d->confs[i]),
				    d->confs[i].master.name);
}

/* What the kernel's ipvlan cannot stand on, eBPF can. */
static void master_held(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++) {
		const struct link *master = &d->confs[i].master;
		struct err err = { 0 };

		if (!is_first_on(d, i))
			continue;
		if (master_check(&d->node->home, master, &err) < 0 ||
		    master_check_parent(&d->node->home, master, &err) < 0)
			doctor_find(d, "%s: %s", doctor_file(&d->confs[i]), err.msg);
	}
}

static void master_mtu(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++)
		if (err_is_set(&d->confs[i].no_master) && d->confs[i].master.ifindex)
			doctor_find(d, "%s: %s", doctor_file(&d->confs[i]),
				    d->confs[i].no_master.msg);
}

static const struct configured *conf_of(const struct doctor *d, const struct attachment *a)
{
	for (size_t i = 0; i < d->n_confs; i++)
		if (doctor_has_master(&d->confs[i]) && strcmp(d->confs[i].network, a->network) == 0)
			return &d->confs[i];
	return NULL;
}

static void slave_mtu(struct doctor *d)
{
	for (size_t i = 0; i < d->attachments.count; i++) {
		const struct attachment *a = &d->attachments.v[i];
		struct link master;

		if (a->master[0] && link_by_name(&d->node->home, a->master, &master, NULL) == 0 &&
		    a->slave.mtu > master.mtu)
			doctor_find(d, "%s of container %s: MTU %u, and its master %s has %u",
				    a->ifname, a->container_id, a->slave.mtu, a->master,
				    master.mtu);
	}
}

/* The master's is theirs, on the wire too. */
static void slave_mac(struct doctor *d)
{
	for (size_t i = 0; i < d->attachments.count; i++) {
		const struct attachment *a = &d->attachments.v[i];
		char is[32 * 3], should_be[32 * 3];
		struct link master;

		if (!a->master[0] || link_by_name(&d->node->home, a->master, &master, NULL) < 0)
			continue;
		link_mac_format(&a->slave, is);
		if (strcmp(is, link_mac_format(&master, should_be)) != 0)
			doctor_find(d, "%s of container %s: MAC %s, and its master %s has %s",
				    a->ifname, a->container_id, is, a->master, should_be);
	}
}

void doctor_mend_ebpf(struct doctor *d)
{
	const struct datapath_ns ns = { .pod_fd = -1,
					.lower = &d->node->home,
					.home_fd = d->node->home_fd };
	struct err err = { 0 };

	if (datapath_ebpf_mend(&ns, &err) < 0)
		log_warn("%s", err.msg);
}

/* Renamed, or another one means the words by now; a VLAN's master is not looked at. */
static void master_renamed(struct doctor *d)
{
	for (size_t i = 0; i < d->attachments.count; i++) {
		const struct attachment *a = &d->attachments.v[i];
		const struct configured *c = conf_of(d, a);

		if (c && a->master[0] && c->conf.masters && !c->conf.vlan &&
		    strcmp(c->master.name, a->master) != 0)
			doctor_find(d, "%s of container %s stands on %s; %s means %s", a->ifname,
				    a->container_id, a->master, doctor_file(c), c->master.name);
	}
}

/* ---- what the host does with packets -------------------------------------------------------- */

/* The kernel takes the stricter of "all" and the interface's own (ip-sysctl). */
static int rp_filter_of(const char *name)
{
	char all[8] = "0", own[8] = "0";

	netns_sysctl_read("ipv4/conf", "all", "rp_filter", all, sizeof(all));
	netns_sysctl_read("ipv4/conf", name, "rp_filter", own, sizeof(own));
	return atoi(all) > atoi(own) ? atoi(all) : atoi(own);
}

/*
 * In l3s the host's routing sees what comes for a pod. What comes from beyond the router of a
 * master that has not the default route would be answered elsewhere.
 */
static void rp_filter(struct doctor *d)
{
	int by_default = 0;

	route_default_link(&d->node->home, &by_default, NULL);
	for (size_t i = 0; i < d->n_confs; i++) {
		const struct configured *c = &d->confs[i];

		if (doctor_has_master(c) && c->conf.mode == IPVLAN_MODE_L3S &&
		    c->master.ifindex != by_default && rp_filter_of(c->master.name) == 1)
			doctor_find(d,
				    "%s: rp_filter of %s is 1 (strict), and the default route is "
				    "elsewhere: what comes to pods from other networks is dropped",
				    doctor_file(c), c->master.name);
	}
}

/* ---- who else wants the interfaces ---------------------------------------------------------- */

/* Calls fn for the lines of the files in dir whose names end so, until it gives true. */
static bool any_line(const char *dir, const char *ending, bool (*fn)(const char *line, void *ctx),
		     void *ctx)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, NULL, alphasort);
	bool is_found = false;

	for (int i = 0; i < n; i++) {
		size_t len = strlen(entries[i]->d_name), tail = strlen(ending);
		char path[512], line[512];
		FILE *f = NULL;

		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (!is_found && len > tail && strcmp(entries[i]->d_name + len - tail, ending) == 0)
			f = fopen(path, "re");
		while (f && !is_found && fgets(line, sizeof(line), f))
			is_found = fn(line, ctx);
		if (f)
			fclose(f);
		free(entries[i]);
	}
	free(entries);
	return is_found;
}

static bool is_unmanaged(const char *line, void *ctx)
{
	(void)ctx;
	return strncmp(line, "unmanaged-devices", 17) == 0 &&
	       (strstr(line, "interface-name:ipvl*") || strstr(line, "driver:veth") ||
		strstr(line, "type:veth"));
}

static void networkmanager(struct doctor *d)
{
	if (access("/run/NetworkManager", F_OK) < 0 ||
	    any_line("/etc/NetworkManager/conf.d", ".conf", is_unmanaged, NULL) ||
	    any_line("/usr/lib/NetworkManager/conf.d", ".conf", is_unmanaged, NULL))
		return;
	doctor_find(d, "NetworkManager runs, and may take what the host has for a pod (ipvl*) for "
		       "a network of its own");
}

/* "Name=en* eth*" of [Match]; with "!" in front it means all that none of the words does. */
static bool means_us(const char *line, void *ctx)
{
	char copy[512], *rest = copy, *word;
	bool is_inverse = strncmp(line, "Name=!", 6) == 0, is_meant = false;

	(void)ctx;
	if (strncmp(line, "Name=", 5) != 0)
		return false;
	snprintf(copy, sizeof(copy), "%s", line + (is_inverse ? 6 : 5));
	while ((word = strsep(&rest, " \t\n")))
		is_meant |= *word && fnmatch(word, HOST_END, 0) == 0;
	return is_meant != is_inverse;
}

static void networkd(struct doctor *d)
{
	static const char *const dirs[] = { "/etc/systemd/network", "/run/systemd/network",
					    "/usr/lib/systemd/network" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (access("/run/systemd/netif", F_OK) == 0 &&
		    any_line(dirs[i], ".network", means_us, NULL))
			doctor_find(d,
				    "systemd-networkd runs, and a .network file in %s means what "
				    "the host has for a pod (ipvl*)",
				    dirs[i]);
}

/* ---- who is beyond the wire ----------------------------------------------------------------- */

static void wifi(struct doctor *d)
{
	for (size_t i = 0; i < d->n_confs; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/sys/class/net/%s/phy80211", d->confs[i].master.name);
		if (is_first_on(d, i) && access(path, F_OK) == 0)
			doctor_find(d, "%s: master %s is a Wi-Fi station",
				    doctor_file(&d->confs[i]), d->confs[i].master.name);
	}
}

static bool is_virtual(const char *line, void *ctx)
{
	(void)ctx;
	return strncmp(line, "flags", 5) == 0 && strstr(line, " hypervisor");
}

static void port_security(struct doctor *d)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	bool is_found = false;
	char line[8192];

	while (f && !is_found && fgets(line, sizeof(line), f))
		is_found = is_virtual(line, NULL);
	if (f)
		fclose(f);
	if (is_found && d->n_confs)
		doctor_find(d, "this node is a virtual machine, whose host may let out its own "
			       "address alone");
}

const struct check doctor_master[] = {
	{ "master-missing", SEVERITY_ERROR,
	  "set \"master\" to an interface that is there: a name, a pattern, a subnet (README, The "
	  "master)",
	  master_missing, NULL },
	{ "master-down", SEVERITY_ERROR, "ip link set MASTER up, and see who took it down",
	  master_down, NULL },
	{ "master-no-carrier", SEVERITY_WARNING, "see to the cable, the switch's port, or the bond",
	  master_no_carrier, NULL },
	{ "master-held", SEVERITY_WARNING,
	  "name what holds it as the master, or let \"datapath\" be \"auto\" or \"ebpf\"",
	  master_held, NULL },
	{ "master-mtu", SEVERITY_ERROR, "lower \"mtu\", or raise the master's", master_mtu, NULL },
	{ "slave-mtu", SEVERITY_WARNING,
	  "let it follow (the next ADD does), or give the master its old MTU: longer packets are lost",
	  slave_mtu, doctor_mend_ebpf },
	{ "slave-mac", SEVERITY_WARNING,
	  "let it follow (the next ADD does), or give the master its old MAC address", slave_mac,
	  doctor_mend_ebpf },
	{ "master-renamed", SEVERITY_WARNING,
	  "if it was renamed, give it its old name too: ip link property add dev MASTER altname OLD",
	  master_renamed, NULL },
	{ "rp-filter", SEVERITY_WARNING, "sysctl -w net.ipv4.conf.MASTER.rp_filter=2 (loose)",
	  rp_filter, NULL },
	{ "networkmanager", SEVERITY_WARNING,
	  "unmanaged-devices=interface-name:ipvl* under [keyfile] in /etc/NetworkManager/conf.d",
	  networkmanager, NULL },
	{ "networkd", SEVERITY_WARNING,
	  "let its [Match] name the interfaces that are its own, or begin with \"!ipvl*\"",
	  networkd, NULL },
	{ "master-wifi", SEVERITY_NOTE,
	  "pods share its MAC address, which access points accept; some answer ARP for its first "
	  "address alone",
	  wifi, NULL },
	{ "port-security", SEVERITY_NOTE,
	  "if pods are heard by nobody: allow their addresses (allowed address pairs, secondary IPs) "
	  "or switch the source check off; one MAC address is all that is needed",
	  port_security, NULL },
	{ 0 },
};
