/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A CNI result, whatever version it is read from or printed in (specification 1.1.0, "ADD Success";
 * 0.2.0 and before: ip4/ip6 objects). It owns its strings and arrays.
 */
#ifndef CNI_RESULT_H
#define CNI_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pkg/base/err.h"
#include "pkg/base/ip.h"
#include "pkg/cni/json.h"
#include "pkg/cni/version.h"

struct cni_interface {
	char *name;
	char *mac;	   /* "" or NULL: not said */
	char *sandbox;	   /* netns path; "" or NULL: the host */
	int64_t mtu;	   /* bytes; 0: not said. 1.1.0 */
	char *socket_path; /* NULL: not said. 1.1.0 */
	char *pci_id;	   /* NULL: not said. 1.1.0 */
};

struct cni_ip {
	struct prefix address;
	struct ip gateway; /* family 0: none */
	int interface;	   /* index in interfaces, -1: none */
};

struct cni_route {
	struct prefix dst;
	struct ip gw;	  /* family 0: none said */
	int64_t mtu;	  /* 0: not said */
	int64_t advmss;	  /* 0: not said */
	int64_t priority; /* 0: not said */
	int64_t table;	  /* -1: not said */
	int64_t scope;	  /* -1: not said */
};

struct cni_dns {
	char **nameservers; /* NULL-terminated, or NULL */
	char *domain;	    /* or NULL */
	char **search;
	char **options;
};

struct cni_result {
	struct cni_interface *interfaces;
	size_t n_interfaces;
	struct cni_ip *ips;
	size_t n_ips;
	struct cni_route *routes;
	size_t n_routes;
	struct cni_dns dns;
};

/*
 * Append a zeroed element (ip: interface -1; route: table and scope -1) and return it; never NULL.
 * It stays there until the next one of its kind is added.
 */
struct cni_interface *cni_result_add_interface(struct cni_result *r, const char *name);
struct cni_ip *cni_result_add_ip(struct cni_result *r, const struct prefix *address);
struct cni_route *cni_result_add_route(struct cni_result *r, const struct prefix *dst);

/* Takes the interface that was added last away again. */
void cni_result_drop_interface(struct cni_result *r);

/* Parse one route object, as it stands in results and in IPAM configurations. */
int cni_route_parse(const struct json *j, struct cni_route *out, struct err *err);
/* Parse a dns object into an empty *out. Absent: nothing. */
int cni_dns_parse(const struct json *j, struct cni_dns *out, struct err *err);
bool cni_dns_is_empty(const struct cni_dns *dns);
/* A deep copy; *to was empty. */
void cni_dns_copy(struct cni_dns *to, const struct cni_dns *from);
/* The same in the place of what *to has, unless from says nothing. */
void cni_dns_replace(struct cni_dns *to, const struct cni_dns *from);
void cni_dns_free(struct cni_dns *dns);

/*
 * Reads a result of any version into an uninitialised *out; without a cniVersion of its own it is
 * taken as `version` (0.4.0 and before leave it out in prevResult). Absent: 0, *out is empty. Wrong
 * types and an ips[].interface that is not there are code 7 with the path
 * ("prevResult.ips[0].address"), and *out is empty. Without interfaces (IPAM plugins know of none)
 * ips[].interface is taken as -1.
 */
int cni_result_parse(const struct json *j, enum cni_version version, struct cni_result *out,
		     struct err *err);

/*
 * The text in exactly the fields of that version, ending with a newline (caller frees). NULL and an
 * error (code 7: "cannot convert: …") where the version cannot say it: to 0.2.0 it needs an IP.
 */
char *cni_result_print(const struct cni_result *r, enum cni_version version, struct err *err);

void cni_result_free(struct cni_result *r);

/* The error object (specification 1.1.0, "Error") as text ending with a newline; caller frees. */
char *cni_error_print(const struct err *err, const char *version);
/* Reads an error object that a delegate printed. False if it is none: no code above 0, no msg. */
bool cni_error_parse(const char *text, size_t len, struct err *err);

#endif
