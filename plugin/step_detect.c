// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether another host has an address already, before it is on the interface: step_probe asks as
 * soon as the addresses are chosen, step_detect looks who answered, when the interface is there.
 *
 * Both ask from the master. An answer to a probe goes to no address in particular (RFC 5227,
 * 2.1.1), only to the MAC address, which all slaves share: it would not find a slave, but it passes
 * the master. The node's own addresses, which nobody answers for, are looked up.
 *
 * Optimistic: the kernel asks through its neighbour table while the interface is made; what has not
 * answered by then counts as free. That costs microseconds, where a packet socket of our own costs
 * a grace period. Who waits, or has reason to doubt, can afford the real thing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/netns/netns.h"
#include "pkg/nl/addr.h"
#include "pkg/nl/neigh.h"
#include "pkg/wire/probe.h"
#include "plugin/ipam_access.h"
#include "plugin/steps.h"

#define ROUNDS		  8   /* so many addresses in a row that are in use, and we give up */
#define AFTER_CONFLICT_MS 100 /* how long a second address is asked for */
#define WHO_MAX		  40

/* An address that was chosen for this attachment, and what is known of it. */
struct candidate {
	struct cni_ip *ip; /* in the result */
	size_t set;	   /* which range set it is of */
	struct probe probe;
};

static bool is_chosen_by_us(const struct attach *a)
{
	return a->conf->dad != DAD_OFF && a->conf->ipam.kind != IPAM_NONE;
}

static bool is_on_the_wire(const struct attach *a)
{
	return a->conf->mode == IPVLAN_MODE_L2 && a->master.mac_len == FRAME_MAC_LEN;
}

/* ---- asking -------------------------------------------------------------------------------- */

static int ask(struct attach *a, struct err *err)
{
	struct nl *lower = attach_ns(a).lower;

	(void)err;
	if (!is_chosen_by_us(a) || !is_on_the_wire(a) || a->conf->dad == DAD_WAIT)
		return 0;
	for (size_t i = a->first_ip; i < a->result.n_ips; i++)
		neigh_ask(lower, a->master.ifindex, &a->result.ips[i].address.ip);
	return 0;
}

static int stop_asking(struct attach *a, struct err *err)
{
	struct nl *lower = attach_ns(a).lower;

	(void)err;
	if (!is_chosen_by_us(a))
		return 0;
	for (size_t i = a->first_ip; a->master.ifindex && i < a->result.n_ips; i++)
		neigh_forget(lower, a->master.ifindex, &a->result.ips[i].address.ip);
	return 0;
}

/* ---- looking who answered ------------------------------------------------------------------ */

static int run_probes(struct attach *a, struct probe *probes, size_t n, uint32_t budget_ms,
		      struct err *err)
{
	int netns_fd = a->conf->link_in_container ? a->netns_fd : a->home_fd;
	struct wire w = { .ifindex = a->master.ifindex };
	cleanup_fd int fd = -1;
	int rc = netns_socket(netns_fd, a->home_fd, AF_PACKET, SOCK_RAW, 0, &fd, err);

	if (rc < 0)
		return rc;
	w.fd = fd;
	memcpy(w.mac, a->master.mac, sizeof(w.mac));
	return probe_run(&w, probes, n, budget_ms, err);
}

/*
 * Who answered the kernel may be a router that answers for others (proxy ARP): it does not when it
 * is probed, and so the answer is only a suspicion.
 */
static int look_up(struct attach *a, struct probe *p, struct err *err)
{
	struct nl *lower = attach_ns(a).lower;
	bool is_suspect = neigh_has_answered(lower, a->master.ifindex, &p->ip, p->by);

	neigh_forget(lower, a->master.ifindex, &p->ip);
	return is_suspect ? run_probes(a, p, 1, AFTER_CONFLICT_MS, err) : 0;
}

/* The node's own are told by its own MAC address, which no answer from the network has. */
static void find_own(struct attach *a, struct probe *p)
{
	if (addr_is_local(attach_ns(a).lower, &p->ip)) {
		p->is_taken = true;
		memcpy(p->by, a->master.mac, sizeof(p->by));
	}
}

static int look(struct attach *a, struct probe *probes, size_t n, int round, struct err *err)
{
	uint32_t budget_ms = a->conf->dad == DAD_WAIT ? a->conf->dad_wait_ms :
			     round > 0		      ? AFTER_CONFLICT_MS :
							0;
	int rc = 0;

	if (is_on_the_wire(a) && budget_ms)
		rc = run_probes(a, probes, n, budget_ms, err);
	else if (is_on_the_wire(a))
		for (size_t i = 0; rc == 0 && i < n; i++)
			rc = look_up(a, &probes[i], err);
	for (size_t i = 0; i < n; i++)
		find_own(a, &probes[i]);
	return rc;
}

/* ---- conflicts ----------------------------------------------------------------------------- */

static char *who(const struct attach *a, const struct probe *p, char buf[static WHO_MAX])
{
	const uint8_t *m = p->by;

	if (memcmp(m, a->master.mac, FRAME_MAC_LEN) == 0)
		snprintf(buf, WHO_MAX, "the node itself");
	else
		snprintf(buf, WHO_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
			 m[4], m[5]);
	return buf;
}

static int replace(struct attach *a, const struct candidate *c, const char *by, struct lease *lease,
		   struct err *err)
{
	struct owner owner = ipam_owner(a);
	struct pool pool = ipam_pool(a);
	cleanup_ipam_access struct ipam_access x = { 0 };
	int rc;

	if (a->conf->ipam.kind != IPAM_HOST_LOCAL)
		return -EADDRNOTAVAIL; /* nobody here can choose another one */
	rc = ipam_access_open(a, true, &x, err);
	return rc < 0 ? rc : alloc_replace(x.s, &pool, c->set, &owner, by, lease, err);
}

static int settle_one(struct attach *a, struct candidate *c, struct err *err)
{
	struct lease lease = { .address = c->ip->address };
	char by[WHO_MAX], old[IP_STR_MAX], new[IP_STR_MAX];
	int rc = replace(a, c, who(a, &c->probe, by), &lease, err);

	ip_format(&c->probe.ip, old);
	if (rc == -EADDRNOTAVAIL && !err_is_set(err))
		return err_set(err, CNI_ERR_ADDRESS, rc,
			       "address %s is in use by %s, seen on master %s", old, by,
			       a->master.name);
	if (rc < 0)
		return rc;
	log_warn("address %s is in use by %s, seen on master %s: %s is taken instead", old, by,
		 a->master.name, ip_format(&lease.address.ip, new));
	c->ip->address = lease.address;
	c->ip->gateway = lease.gateway;
	c->probe = (struct probe){ .ip = lease.address.ip };
	return 0;
}

/* The candidates that are free are done with; others, for those that are not, take their place. */
static int settle(struct attach *a, struct candidate *c, size_t *n, struct err *err)
{
	size_t left = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < *n; i++) {
		if (!c[i].probe.is_taken)
			continue;
		c[left] = c[i];
		rc = settle_one(a, &c[left++], err);
	}
	*n = left;
	return rc;
}

static int detect_round(struct attach *a, struct candidate *c, size_t *n, int round,
			struct err *err)
{
	cleanup_free struct probe *probes = mem_new(*n, sizeof(*probes));
	int rc;

	for (size_t i = 0; i < *n; i++)
		probes[i] = c[i].probe;
	rc = look(a, probes, *n, round, err);
	for (size_t i = 0; i < *n; i++)
		c[i].probe = probes[i];
	return rc < 0 ? rc : settle(a, c, n, err);
}

/* An interface may know its addresses from its making: it is made again. */
static int remake_link(struct attach *a, struct err *err)
{
	int rc = step_link.revert(a, err);

	if (rc < 0)
		return rc;
	cni_result_drop_interface(&a->result);
	return step_link.apply(a, err);
}

static int detect(struct attach *a, struct err *err)
{
	bool is_changed = false;
	size_t n = is_chosen_by_us(a) ? a->result.n_ips - a->first_ip : 0;
	cleanup_free struct candidate *c = mem_new(n, sizeof(*c));
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		c[i].ip = &a->result.ips[a->first_ip + i];
		c[i].set = i;
		c[i].probe.ip = c[i].ip->address.ip;
	}
	for (int round = 0; rc == 0 && n && round < ROUNDS; round++) {
		rc = detect_round(a, c, &n, round, err);
		is_changed |= n > 0;
	}
	if (rc == 0 && n) {
		err_set(err, CNI_ERR_AGAIN, -EADDRINUSE,
			"%d addresses in a row are in use by other hosts, seen on master %s",
			ROUNDS, a->master.name);
		err_details(err, "is the range free? `ipvlan ipam list` says by whom they are");
		return -EADDRINUSE;
	}
	return rc == 0 && is_changed ? remake_link(a, err) : rc;
}

const struct step step_probe = {
	.name = "probe",
	.apply = ask,
	.revert = stop_asking,
};

const struct step step_detect = {
	.name = "detect",
	.apply = detect,
};
