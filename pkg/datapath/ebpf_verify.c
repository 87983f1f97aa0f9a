// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether all that attaching made is there: both ends, programs, slot, addresses. */
#include "pkg/datapath/ebpf_verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "pkg/datapath/ebpf_end.h"
#include "pkg/datapath/ebpf_hook.h"
#include "pkg/base/cleanup.h"
#include "pkg/datapath/ebpf_port.h"
#include "pkg/datapath/ebpf_sync.h"

/*
 * The set that a host end's program belongs to. A pod of another version's is as good as ever: that
 * we cannot read its maps is no fault of it.
 */
static int set_of_host_end(struct nl *lower, int host_end, struct ebpf_set *set, struct err *err)
{
	struct tc_filter at = ebpf_pod_filter(host_end);
	struct err why = { 0 };
	uint32_t id;
	int rc = tc_find_program(lower, &at, &id, err);

	if (rc == 0)
		rc = ebpf_set_of_program(id, set, &why);
	if (rc == -EPROTO && set->master)
		return 0;
	return rc < 0 && why.code ? err_recode(err, why.code, rc, &why) : rc;
}

int ebpf_lower(const struct datapath_ns *ns, const struct link *slave, struct link *master,
	       struct err *err)
{
	struct ebpf_set set = EBPF_SET_NONE;
	int rc = set_of_host_end(ns->lower, slave->lower, &set, err);

	if (rc == -ENOENT)
		return err_set(err, CNI_ERR_CHANGED, rc,
			       "interface %s: the program on its host end #%d is gone", slave->name,
			       slave->lower);
	if (rc == 0)
		rc = link_by_index(ns->lower, (int)set.master->ifindex, master, err);
	ebpf_set_close(&set);
	return rc;
}

static int differs(struct err *err, const char *ifname, const char *what, const char *is,
		   const char *should)
{
	return err_set(err, CNI_ERR_CHANGED, -EINVAL, "interface %s: %s is %s, should be %s",
		       ifname, what, is, should);
}

static int verify_pod_end(const struct datapath_spec *spec, const struct link *pod, struct err *err)
{
	char is[32 * 3], should[32 * 3];

	if (strcmp(pod->kind, "veth") != 0)
		return differs(err, spec->ifname, "its kind", pod->kind[0] ? pod->kind : "a device",
			       "veth");
	if (strcmp(pod->alias, spec->identity) != 0)
		return differs(err, spec->ifname, "its alias", pod->alias[0] ? pod->alias : "empty",
			       spec->identity);
	if (pod->mac_len != 6 || memcmp(pod->mac, spec->master->mac, 6) != 0)
		return differs(err, spec->ifname, "its MAC address", link_mac_format(pod, is),
			       link_mac_format(spec->master, should));
	if (spec->mtu && pod->mtu != spec->mtu) {
		snprintf(is, sizeof(is), "%u", pod->mtu);
		snprintf(should, sizeof(should), "%u", spec->mtu);
		return differs(err, spec->ifname, "its MTU", is, should);
	}
	if (!(pod->flags & IFF_UP))
		return differs(err, spec->ifname, "it", "down", "up");
	return 0;
}

static int verify_port(const struct datapath_spec *spec, const struct ebpf_set *set, int host_end,
		       struct err *err)
{
	uint32_t slot = ebpf_port_of(set, ebpf_end_hash(spec->identity));
	char text[IP_STR_MAX];

	if (!slot || set->ports[slot].ifindex != (uint32_t)host_end)
		return err_set(err, CNI_ERR_CHANGED, -ENOENT,
			       "interface %s: not among the pods of master #%u", spec->ifname,
			       set->master->ifindex);
	if (set->ports[slot].flags != ebpf_port_flags(spec))
		return err_set(err, CNI_ERR_CHANGED, -EINVAL,
			       "interface %s: mode and flags are %#x, should be %#x", spec->ifname,
			       set->ports[slot].flags, ebpf_port_flags(spec));
	for (size_t i = 0; i < spec->n_addresses; i++)
		if (!ebpf_port_has(set, slot, &spec->addresses[i]))
			return err_set(err, CNI_ERR_CHANGED, -ENOENT,
				       "interface %s: no frame for %s would be given to it",
				       spec->ifname, ip_format(&spec->addresses[i], text));
	return 0;
}

static int verify_host_end(const struct datapath_ns *ns, const struct datapath_spec *spec,
			   const struct link *pod, struct err *err)
{
	struct ebpf_set set = EBPF_SET_NONE;
	struct link host;
	int rc = ebpf_end_find(ns->lower, spec->identity, &host, err);

	if (rc == -ENODEV || (rc == 0 && pod->lower != host.ifindex))
		return err_set(err, CNI_ERR_CHANGED, -ENODEV,
			       "interface %s: its host end is not the one that was made",
			       spec->ifname);
	if (rc == 0 && !(host.flags & IFF_UP))
		return differs(err, host.name, "it", "down", "up");
	if (rc == 0)
		rc = set_of_host_end(ns->lower, host.ifindex, &set, err);
	if (rc == -ENOENT)
		return err_set(err, CNI_ERR_CHANGED, rc, "interface %s: its program is gone",
			       host.name);
	if (rc == 0 && ebpf_set_is_ours(&set))
		rc = verify_port(spec, &set, host.ifindex, err);
	if (rc == 0)
		rc = ebpf_set_verify(ns->lower, &set, err);
	ebpf_set_close(&set);
	return rc;
}

/* CHECK changes nothing, so what is due stays due. */
static int verify_in_step(const struct datapath_ns *ns, const struct datapath_spec *spec,
			  struct err *err)
{
	const struct link *master = spec->master;
	struct ebpf_set set = EBPF_SET_NONE;
	struct err why = { 0 };
	int rc = ebpf_set_find(ns->lower, master->ifindex, &set, &why);

	if (rc == -EPROTO && set.master)
		rc = 0;
	else if (rc < 0 && rc != -ENOENT)
		err_recode(err, why.code, rc, &why);
	if (rc == 0 && ebpf_set_is_ours(&set) && ebpf_sync_is_due(&set, master)) {
		rc = err_set(err, CNI_ERR_CHANGED, -EINVAL,
			     "master %s: its MAC address or MTU has changed since %s got them",
			     master->name, spec->ifname);
		err_details(err,
			    "the next ADD or DEL on this master, or GC, gives them to its pods");
	}
	ebpf_set_close(&set);
	return rc == -ENOENT ? 0 : rc;
}

int ebpf_verify(const struct datapath_ns *ns, const struct datapath_spec *spec, struct link *found,
		struct err *err)
{
	int rc = verify_in_step(ns, spec, err);

	if (rc == 0)
		rc = link_by_name(ns->pod, spec->ifname, found, err);
	if (rc == -ENODEV)
		return err_set(err, CNI_ERR_CHANGED, -ENODEV,
			       "interface %s: gone from the container", spec->ifname);
	if (rc == 0)
		rc = verify_pod_end(spec, found, err);
	return rc < 0 ? rc : verify_host_end(ns, spec, found, err);
}
