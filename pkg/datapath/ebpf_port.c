// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/datapath/ebpf_port.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <net/if.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"

/* Written and read by programs at any time: the order of the writes is what they see. */
#define publish(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELEASE)

/* ---- addresses ----------------------------------------------------------------------------- */

static int map_of(const struct ebpf_set *set, const struct ip *address)
{
	return address->family == AF_INET ? set->ip4_fd : set->ip6_fd;
}

static bool find_owner(const struct ebpf_set *set, const struct ip *address,
		       struct ipvlan_bpf_owner *o)
{
	return bpf_map_lookup_elem(map_of(set, address), address->bytes, o) == 0;
}

/* Whoever has it is still there: its slot is that host end's, and the kernel knows the device. */
static bool is_alive(const struct ebpf_set *set, const struct ipvlan_bpf_owner *o)
{
	char name[IF_NAMESIZE];

	return o->slot < IPVLAN_BPF_PORTS && set->ports[o->slot].ifindex == o->ifindex &&
	       if_indextoname(o->ifindex, name);
}

static int put_address(struct ebpf_set *set, const struct ip *address,
		       const struct ipvlan_bpf_owner *o, struct err *err)
{
	struct ipvlan_bpf_owner other;
	char text[IP_STR_MAX];

	ip_format(address, text);
	if (find_owner(set, address, &other) && is_alive(set, &other) && other.slot != o->slot) {
		err_set(err, CNI_ERR_ADDRESS, -EADDRINUSE,
			"address %s: another pod on this master has it", text);
		err_details(err, "`ipvlan list` says which, if ranges of two networks overlap");
		return -EADDRINUSE;
	}
	if (bpf_map_update_elem(map_of(set, address), address->bytes, o, BPF_ANY) == 0)
		return 0;
	if (errno == E2BIG)
		return err_set(err, CNI_ERR_EXHAUSTED, -ENOSPC,
			       "address %s: the master's eBPF map has room for %d of a family and "
			       "is full",
			       text, IPVLAN_BPF_ADDRS);
	return err_errno(err, CNI_ERR_DATAPATH, -errno, "address %s: put into the eBPF map", text);
}

#define BATCH 512

/* Of one map, the entries of a slot. What comes and goes meanwhile is other slots'. */
static void remove_of_slot(int fd, size_t key_size, uint32_t slot)
{
	cleanup_free uint8_t *keys = mem_new(BATCH, key_size);
	cleanup_free struct ipvlan_bpf_owner *owners = mem_new(BATCH, sizeof(*owners));
	uint32_t at = 0, count, *in = NULL;
	int rc;

	do {
		count = BATCH;
		rc = bpf_map_lookup_batch(fd, in, &at, keys, owners, &count, NULL);
		if (rc < 0 && errno != ENOENT)
			return;
		for (uint32_t i = 0; i < count; i++)
			if (owners[i].slot == slot)
				bpf_map_delete_elem(fd, keys + i * key_size);
		in = &at;
	} while (rc == 0);
}

struct ip ebpf_port_link_local(const struct ebpf_set *set, uint32_t slot)
{
	const uint8_t *mac = set->master->mac;

	return (struct ip){ .family = AF_INET6,
			    .bytes = { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0], mac[1], mac[2],
				       (uint8_t)(slot >> 8), (uint8_t)slot, mac[3], mac[4],
				       mac[5] } };
}

/* ---- slots --------------------------------------------------------------------------------- */

static void give_back(struct ebpf_set *set, uint32_t slot)
{
	struct ipvlan_bpf_port *port = &set->ports[slot];

	publish(port->ifindex, 0);
	remove_of_slot(set->ip4_fd, 4, slot);
	remove_of_slot(set->ip6_fd, 16, slot);
	if (port->flags & IPVLAN_BPF_PRIVATE)
		set->master->n_private--;
	memset(port, 0, sizeof(*port));
	while (set->master->end > 1 && !set->ports[set->master->end - 1].ifindex)
		publish(set->master->end, set->master->end - 1);
}

bool ebpf_port_give_back(struct ebpf_set *set, uint64_t identity)
{
	uint32_t slot = ebpf_port_of(set, identity);

	if (slot)
		give_back(set, slot);
	return slot;
}

void ebpf_port_sweep(struct ebpf_set *set)
{
	for (uint32_t slot = set->master->end; slot-- > 1;) {
		char name[IF_NAMESIZE];

		if (set->ports[slot].ifindex && !if_indextoname(set->ports[slot].ifindex, name))
			give_back(set, slot);
	}
}

uint32_t ebpf_port_of(const struct ebpf_set *set, uint64_t identity)
{
	for (uint32_t slot = 1; slot < set->master->end; slot++)
		if (set->ports[slot].ifindex && set->ports[slot].identity == identity)
			return slot;
	return 0;
}

bool ebpf_port_has(const struct ebpf_set *set, uint32_t slot, const struct ip *address)
{
	struct ipvlan_bpf_owner o;

	return find_owner(set, address, &o) && o.slot == slot &&
	       o.ifindex == set->ports[slot].ifindex;
}

bool ebpf_port_is_last_gone(const struct ebpf_set *set)
{
	return set->master->end <= 1;
}

static uint32_t find_free(const struct ebpf_set *set)
{
	uint32_t slot = 1;

	while (slot < IPVLAN_BPF_PORTS && set->ports[slot].ifindex)
		slot++;
	return slot < IPVLAN_BPF_PORTS ? slot : 0;
}

/* An index that comes again was another's, whose end nobody told. */
static void forget_before(struct ebpf_set *set, const struct ebpf_port_spec *spec)
{
	for (uint32_t slot = 1; slot < set->master->end; slot++)
		if (set->ports[slot].ifindex && (set->ports[slot].ifindex == spec->ifindex ||
						 set->ports[slot].identity == spec->identity))
			give_back(set, slot);
}

/* The first address of each family, where the programs look before they look into the maps. */
static void remember_first(struct ipvlan_bpf_port *port, const struct ebpf_port_spec *spec)
{
	for (size_t i = spec->n_addresses; i-- > 0;) {
		const struct ip *a = &spec->addresses[i];

		memcpy(a->family == AF_INET ? (void *)&port->ip4 : (void *)port->ip6, a->bytes,
		       ip_size(a));
	}
}

/* All-hosts groups are never reported (RFC 3376 4.2.12, RFC 3810 6): everybody listens to them. */
static void listen_to_all_hosts(struct ipvlan_bpf_port *port)
{
	static const uint8_t groups[][4] = { { 0x5e, 0, 0, 1 }, { 0, 0, 0, 1 } };

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		uint32_t low;
		uint8_t bit;

		memcpy(&low, groups[i], 4);
		bit = IPVLAN_BPF_GROUP_BIT(low);
		port->groups[bit >> 6] |= 1ULL << (bit & 63);
	}
}

static int put_addresses(struct ebpf_set *set, const struct ebpf_port_spec *spec, uint32_t slot,
			 struct err *err)
{
	struct ipvlan_bpf_owner o = { .ifindex = spec->ifindex,
				      .slot = (uint16_t)slot,
				      .flags = (uint16_t)spec->flags };
	struct ip local = ebpf_port_link_local(set, slot);
	int rc = put_address(set, &local, &o, err);

	for (size_t i = 0; rc == 0 && i < spec->n_addresses; i++)
		rc = put_address(set, &spec->addresses[i], &o, err);
	return rc;
}

int ebpf_port_take(struct ebpf_set *set, const struct ebpf_port_spec *spec, uint32_t *slot,
		   struct err *err)
{
	struct ipvlan_bpf_port *port;
	int rc;

	forget_before(set, spec);
	*slot = find_free(set);
	if (!*slot) {
		ebpf_port_sweep(set);
		*slot = find_free(set);
	}
	if (!*slot)
		return err_set(err, CNI_ERR_EXHAUSTED, -ENOSPC,
			       "master #%u: it has %d pods by eBPF and takes no more",
			       set->master->ifindex, IPVLAN_BPF_PORTS - 1);
	port = &set->ports[*slot];
	memset(port, 0, sizeof(*port));
	port->flags = spec->flags;
	port->identity = spec->identity;
	remember_first(port, spec);
	listen_to_all_hosts(port);
	if (spec->flags & IPVLAN_BPF_PRIVATE)
		set->master->n_private++;
	if (*slot >= set->master->end)
		publish(set->master->end, *slot + 1);
	publish(port->ifindex, spec->ifindex);
	rc = put_addresses(set, spec, *slot, err);
	if (rc < 0)
		give_back(set, *slot);
	return rc;
}
