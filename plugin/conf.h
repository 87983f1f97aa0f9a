/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network configuration as values. A strict superset of what the reference plugins ipvlan,
 * host-local and static take; keys that are not known are accepted, as the specification says.
 * Pure: no file, no socket.
 */
#ifndef PLUGIN_CONF_H
#define PLUGIN_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pkg/cni/env.h"
#include "pkg/cni/result.h"
#include "pkg/cni/version.h"
#include "pkg/ipam/alloc.h"
#include "plugin/wish.h"

#define MTU_MIN 68 /* RFC 791: what every IPv4 link must carry */
#define MTU_MAX 65535

#define IPAM_NAME "ipvlan-ipam" /* the type by which our host-local serves other plugins */

enum ipam_kind {
	IPAM_NONE, /* no addresses of our own: those of prevResult, or none */
	IPAM_HOST_LOCAL,
	IPAM_STATIC,
	IPAM_DELEGATE, /* another executable in CNI_PATH */
};

struct ipam_conf {
	enum ipam_kind kind;
	const char *type;
	bool is_ours;		/* whatever the type says */
	const char *data_dir;	/* host-local, static: where reservations are */
	struct range_set *sets; /* host-local */
	size_t n_sets;
	struct ip *requested; /* host-local: addresses asked for by the runtime */
	size_t n_requested;
	struct span *exclude; /* host-local: never given */
	size_t n_exclude;
	struct reserved *reserved; /* host-local: for named pods */
	size_t n_reserved;
	uint32_t cooldown_s;	 /* host-local: how long an address rests */
	bool is_sticky;		 /* host-local: a pod gets the address that it had */
	const char *resolv_conf; /* host-local: a file; NULL: none */
	struct lease *addresses; /* static */
	size_t n_addresses;
	struct cni_route *routes;
	size_t n_routes;
	struct cni_dns dns; /* static */
};

#define POD_PREFIX "ipvlan-cni/" /* of the annotations that are for us */

/* One of the pod's interface: /proc/sys/net/<group>/<ifname>/<key>. */
struct sysctl {
	const char *group; /* "ipv4/conf", "ipv6/neigh", … */
	char key[64], value[64];
};

/* What the pod sets itself, as far as the configuration lets it. */
struct pod_conf {
	const char **allowed; /* "podSettings", NULL-terminated, or NULL: nothing */
	const char *pool;     /* NULL: not said */
	struct wishes ips;
	struct cni_route *routes;
	size_t n_routes;
	struct sysctl *sysctls;
	size_t n_sysctls;
};

enum antispoof { ANTISPOOF_DEFAULT, ANTISPOOF_OFF, ANTISPOOF_ON };

/* What is done about another host that has an address. */
enum dad {
	DAD_OPTIMISTIC, /* who answers at once is heard */
	DAD_OFF,
	DAD_WAIT, /* for dad_wait_ms */
};

struct conf {
	cJSON *doc;		  /* strings below are inside it */
	struct cni_args args;	  /* or inside this */
	const char *version_text; /* as the configuration says it; NULL: it does not */
	enum cni_version version;
	const char *name;
	const char **masters; /* words (plugin/selector.h), NULL behind; NULL: none */
	uint16_t vlan;	      /* id of the master's VLAN to stand on, 0: on itself */
	uint16_t mode;	      /* IPVLAN_MODE_* */
	uint32_t mtu;	      /* bytes, 0: the master's */
	uint16_t flags;	      /* IPVLAN_F_* */
	const char *datapath; /* "kernel", "ebpf"; NULL: whichever can */
	enum antispoof antispoof;
	const char *mtu_source; /* the key that says so, for messages */
	bool link_in_container;
	enum dad dad;
	uint32_t dad_wait_ms;
	bool is_announced; /* neighbours are told of the addresses */
	struct pod_conf pod;
	struct ipam_conf ipam;
	struct cni_dns dns;
	char pod_namespace[256], pod_name[256]; /* of CNI_ARGS, "" where not said */
	const char *log; /* a path, "syslog", "journald"; NULL or "": nothing is logged */
	bool log_is_json;
	bool has_prev;
	struct cni_result prev;
	struct owner *valid; /* GC: the attachments that live */
	size_t n_valid;
};

/*
 * Reads the configuration, as far as the verb needs it: DEL and GC must work with one that ADD
 * would refuse by now. Errors: 1 (cniVersion), 6 (no JSON), 7 (key's path and value), 4 (CNI_ARGS).
 * On an error *conf holds what was read (version_text for the answer); it is freed either way.
 */
int conf_parse(struct conf *conf, const char *text, size_t len, const struct cni_env *env,
	       struct err *err);
void conf_free(struct conf *conf);

/* The same for who gives addresses to another plugin's interface: "ipam" is ours, whatever its type. */
int conf_parse_ipam(struct conf *conf, const char *text, size_t len, const struct cni_env *env,
		    struct err *err);

/* The part of conf_parse() that reads "dad" and "announce"; after the mode. */
int conf_detect_parse(struct conf *conf, const struct json *root, struct err *err);

/* The part of conf_parse() that reads where calls are logged: "log", "logFormat". */
int conf_log_parse(struct conf *conf, const struct json *root, struct err *err);

/* The part of conf_parse() that reads what the pod may set: "podSettings". Before the addresses. */
int conf_pod_parse(struct conf *conf, const struct json *root, struct err *err);
void conf_pod_free(struct pod_conf *pod);

/*
 * The part of it that reads what a runtime asks for beside addresses, after the configuration's own
 * keys. Code 2 for what an ipvlan interface cannot have.
 */
int conf_runtime_parse(struct conf *conf, const struct json *root, const char *env_args,
		       struct err *err);

/* The part of conf_parse() that reads "ipam" and what else gives addresses. */
int conf_ipam_parse(struct conf *conf, const struct json *root, const struct cni_env *env,
		    struct err *err);
void conf_ipam_free(struct ipam_conf *ipam);

/* The part of it that says which ranges count, and what of them is whose. */
int conf_pool_parse(struct conf *conf, const struct json *root, const struct json *j,
		    struct err *err);

#endif
