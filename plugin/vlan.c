// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/vlan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/hash.h"
#include "pkg/base/lock.h"
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/netns/netns.h"
#include "pkg/nl/addr.h"
#include "pkg/nl/altname.h"

#define ALIAS	  "ipvlan-cni:vlan" /* we made it */
#define USE_BEGIN "cni-"

#define cleanup_strs cleanup(free_strs)

static void free_strs(char ***strs)
{
	mem_strs_free(*strs);
}

void vlan_use_format(const char *network, const char *identity, char out[static VLAN_USE_MAX])
{
	int len = snprintf(out, VLAN_USE_MAX, USE_BEGIN "%08x-", (uint32_t)hash_text(network));

	if (identity)
		snprintf(out + len, VLAN_USE_MAX - (size_t)len, "%016llx",
			 (unsigned long long)hash_text(identity));
}

bool vlan_is_ours(const struct link *l)
{
	return strcmp(l->kind, "vlan") == 0 && strcmp(l->alias, ALIAS) == 0;
}

bool vlan_is_used_by(struct nl *nl, const struct link *l, const char *use)
{
	struct link marked;

	return link_by_name(nl, use, &marked, NULL) == 0 && marked.ifindex == l->ifindex;
}

/* ---- get ----------------------------------------------------------------------------------- */

/* eth0.5; where that is too long or somebody else's, one that is unlike any. */
static void choose_name(struct nl *nl, const struct link *master, uint16_t id,
			char out[static IFNAMSIZ])
{
	struct link taken;

	if (snprintf(out, IFNAMSIZ, "%s.%u", master->name, id) >= IFNAMSIZ ||
	    link_by_name(nl, out, &taken, NULL) == 0)
		snprintf(out, IFNAMSIZ, "vl%x.%u", master->ifindex, id);
}

static int create(struct nl *nl, const struct link *master, uint16_t id, const char *use,
		  struct err *err)
{
	struct err failed = { 0 };
	char name[IFNAMSIZ];
	struct vlan_spec spec = {
		.name = name, .master = master, .id = id, .alias = ALIAS, .altname = use
	};
	int rc;

	choose_name(nl, master, id, name);
	rc = vlan_create(nl, &spec, &failed);
	if (rc == -EOPNOTSUPP) {
		err_set(err, CNI_ERR_DATAPATH, rc,
			"VLAN %u of %s: this kernel can make no VLAN interface, or not on that", id,
			master->name);
		err_details(err, "\"modprobe 8021q\" (CONFIG_VLAN_8021Q), then try again");
	} else if (rc < 0) {
		err_recode(err, failed.code, rc, &failed);
	}
	return rc;
}

/*
 * The host's own IPv6 stays away from a network that is the containers': no link-local address, no
 * router's word. What a /proc/sys cannot be told, goes on without.
 */
static int set_up(struct nl *nl, int home_fd, int netns_fd, const struct link *l, struct err *err)
{
	struct nl_batch b;
	int rc = netns_enter(netns_fd, err);

	if (rc < 0)
		return rc;
	netns_sysctl_write("ipv6/conf", l->name, "addr_gen_mode", "1");
	netns_sysctl_write("ipv6/conf", l->name, "accept_ra", "0");
	netns_leave(home_fd);
	nl_batch_begin(&b, nl, NULL, NULL, err);
	link_put_up(&b, l->ifindex, l->name);
	return nl_batch_commit(&b);
}

static int mark(struct nl *nl, const struct link *l, const char *use, struct err *err)
{
	struct nl_batch b;

	nl_batch_begin(&b, nl, NULL, NULL, err);
	altname_put_new(&b, l->ifindex, use);
	return nl_batch_commit(&b);
}

/* Under the lock. */
static int get(struct nl *nl, const struct link *master, uint16_t id, const char *use,
	       struct link *out, struct err *err)
{
	int rc = vlan_find(nl, master, id, out, err);

	if (rc == 0)
		return vlan_is_ours(out) ? mark(nl, out, use, err) : 0;
	if (rc == -ENODEV)
		rc = create(nl, master, id, use, err);
	if (rc == 0)
		rc = vlan_find(nl, master, id, out, err);
	return rc == -ENODEV ? err_errno(err, CNI_ERR_KERNEL, rc, "VLAN %u of %s: look up", id,
					 master->name) :
			       rc;
}

static int put(struct nl *nl, const char *use, struct err *err);

int vlan_get(struct nl *nl, int home_fd, int netns_fd, const struct link *master, uint16_t id,
	     const char *use, struct link *out, struct err *err)
{
	cleanup_fd int lock = -1;
	int rc = lock_host(&lock, err);

	if (rc < 0)
		return rc;
	if (link_by_name(nl, use, out, NULL) == 0)
		return err_set(err, CNI_ERR_DUPLICATE, -EEXIST,
			       "VLAN interface %s: this attachment uses it already", out->name);
	rc = get(nl, master, id, use, out, err);
	/* One of ours that is down was being made by somebody who was killed. */
	if (rc == 0 && vlan_is_ours(out) && !(out->flags & IFF_UP)) {
		rc = set_up(nl, home_fd, netns_fd, out, err);
		out->flags |= IFF_UP;
	}
	if (rc < 0)
		put(nl, use, NULL);
	return rc;
}

/* ---- put ----------------------------------------------------------------------------------- */

/* The host's administrator may have found it useful, too. */
static bool is_used_by_host(struct nl *nl, const struct link *l)
{
	cleanup_free struct prefix *addresses = NULL;
	size_t n = 0;

	return l->upper || (addr_list(nl, l->ifindex, &addresses, &n, NULL) == 0 && n);
}

/* Under the lock: away with it if nobody uses it, or nobody but this one (NULL: nobody at all). */
static int remove_unused(struct nl *nl, const struct link *l, const char *but, struct err *err)
{
	cleanup_strs char **names = NULL;
	int rc = altname_list(nl, l->ifindex, &names, err);

	if (rc < 0 || !vlan_is_ours(l))
		return rc == -ENODEV ? 0 : rc;
	for (char **name = names; *name; name++)
		if (strncmp(*name, USE_BEGIN, strlen(USE_BEGIN)) == 0 &&
		    (!but || strcmp(*name, but) != 0))
			return 0;
	if (is_used_by_host(nl, l)) {
		log_warn("VLAN interface %s: it has addresses or is a port; it stays", l->name);
		return 0;
	}
	return link_delete(nl, l->ifindex, err);
}

/* The mark goes last, with the interface if that goes: by it DEL finds what a killed one left. */
static int put(struct nl *nl, const char *use, struct err *err)
{
	struct link l;
	int rc = link_by_name(nl, use, &l, err);

	if (rc == 0)
		rc = remove_unused(nl, &l, use, err);
	if (rc == 0)
		rc = altname_delete(nl, l.ifindex, use, err);
	return rc == -ENODEV ? 0 : rc;
}

int vlan_put(struct nl *nl, const char *use, struct err *err)
{
	cleanup_fd int lock = -1;
	struct link l;
	int rc = link_by_name(nl, use, &l, err);

	if (rc < 0)
		return rc == -ENODEV ? 0 : rc;
	rc = lock_host(&lock, err);
	return rc < 0 ? rc : put(nl, use, err);
}

/* ---- retain -------------------------------------------------------------------------------- */

static int retain_on(struct nl *nl, const struct link *l, const char *begin,
		     bool (*is_kept)(const char *use, void *ctx), void *ctx, struct err *err)
{
	cleanup_strs char **names = NULL;
	int rc = altname_list(nl, l->ifindex, &names, err), first = 0;

	for (char **name = names; rc == 0 && *name; name++)
		if (strncmp(*name, begin, strlen(begin)) == 0 && !is_kept(*name, ctx)) {
			int one = altname_delete(nl, l->ifindex, *name, err);

			first = first ? first : one;
		}
	if (rc == 0)
		rc = remove_unused(nl, l, NULL, err);
	return first ? first : rc == -ENODEV ? 0 : rc;
}

int vlan_retain(struct nl *nl, const char *begin, bool (*is_kept)(const char *use, void *ctx),
		void *ctx, struct err *err)
{
	cleanup_free struct link *links = NULL;
	cleanup_fd int lock = -1;
	size_t n = 0;
	int first = 0, rc = link_list(nl, -1, &links, &n, err);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		int one;

		if (!vlan_is_ours(&links[i]))
			continue;
		if (lock < 0)
			rc = lock_host(&lock, err);
		one = rc < 0 ? rc : retain_on(nl, &links[i], begin, is_kept, ctx, err);
		first = first ? first : one;
	}
	return rc < 0 ? rc : first;
}
