/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a network's addresses are in etcd. Below PREFIX/1/NETWORK/ (1: the version of this format):
 *
 *	address/HEX		"NODE/CONTAINER/IFNAME", who holds it: made only if it is not there
 *	owner/NODE/CONTAINER/IFNAME/HEX
 *				since=TIME and the facts of the reservation (facts.h); made and
 *				removed with address/HEX, in one transaction
 *	rest/HEX		the same of one released that is not to be given yet
 *	pod/NAMESPACE/POD/IFNAME/HEX
 *				"": that rest/HEX waits for this pod
 *	block/HEX		NODE, which looks for free addresses there first; HEX is the
 *				first of 64. No address depends on it.
 *	node/NODE		"machine=…" and "boot=…", with a lease: seen lately
 *	epoch			which life of the cluster's data this is (cluster_meet.c)
 *	confirmed/NODE		the epoch in which the node said again what it holds
 *
 * HEX sorts as addresses do: 4 and 8 digits, or 6 and 32 digits.
 */
#ifndef IPAM_CLUSTER_KEY_H
#define IPAM_CLUSTER_KEY_H

#include <stdbool.h>
#include "pkg/base/ip.h"
#include "pkg/ipam/facts.h"
#include "pkg/ipam/store.h"

#define KEY_MAX	  2048
#define ID_MAX	  239 /* bytes of a container id, which names a file; runtimes give 64 */
#define HEX_MAX	  34  /* digits of an address, NUL included */
#define BLOCK_IPS 64

struct keys {
	char base[520]; /* "PREFIX/1/NETWORK/" */
	const char *node;
};

/* Each returns buf. */
char *key_of_ip(const struct keys *k, const char *kind, const struct ip *ip,
		char buf[static KEY_MAX]);
char *
key_of_owner(const struct keys *k, const struct owner *o, const struct ip *ip,
	     char buf[static KEY_MAX]); /* ip NULL: of all its addresses; o too: of the node */
char *key_of_pod(const struct keys *k, const struct facts *f, const char *ifname,
		 const struct ip *ip, char buf[static KEY_MAX]); /* ip NULL: of all */
char *key_of(const struct keys *k, const char *name, const char *sub, char buf[static KEY_MAX]);

/* The address at the end of a key. False: there is none. */
bool key_ip(const char *key, struct ip *ip);
/* Takes "NODE/CONTAINER/IFNAME[/…]" apart, in place. False: it is not that. */
bool key_split_owner(char *text, const char **node, struct owner *o);
/* Where that begins in the key of an owner. */
const char *key_owner_part(const struct keys *k, const char *key);

/* The first and the last of the block that ip is in. */
struct ip block_first(const struct ip *ip);
struct ip block_last(const struct ip *ip);

/* A value: facts, and when. */
#define VALUE_MAX (FACTS_MAX + 32)
char *value_format(const struct facts *f, int64_t since_s, char buf[static VALUE_MAX]);
void value_parse(const char *text, struct facts *f, int64_t *since_s);

#endif
