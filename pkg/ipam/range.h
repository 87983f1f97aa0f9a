/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of addresses and sets of them, with the reference host-local's defaults and rules. */
#ifndef IPAM_RANGE_H
#define IPAM_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include "pkg/base/err.h"
#include "pkg/base/ip.h"

/* After range_complete() every field is set. start and end belong to the range. */
struct range {
	struct prefix subnet;
	struct ip start;   /* not set: the first host address */
	struct ip end;	   /* not set: the last host address */
	struct ip gateway; /* not set: the first host address; never given away */
};

/* One address is taken out of each set: the ranges of a set are alternatives, of one family. */
struct range_set {
	struct range *ranges; /* owned by whoever made the set */
	size_t count;
	char where[64]; /* its place in the configuration, for messages; "": not said */
};

/*
 * Checks the range and sets what is not set. -EINVAL, code 7: subnet smaller than /30 or /126, host
 * bits in the subnet, start or end outside the subnet, start behind end, gateway of another family
 * (outside the subnet it may be: fe80::1 is everywhere on the link).
 * where: the range's place in the configuration, for the message ("ipam.ranges[0][1]").
 */
int range_complete(struct range *r, const char *where, struct err *err);

/*
 * One family, no overlap inside one set; then no overlap between sets. A set that does not say
 * where it is, is where[number].
 */
int range_sets_check(const struct range_set *sets, size_t count, const char *where,
		     struct err *err);

/* The range of the set that holds ip, or NULL. */
const struct range *range_set_find(const struct range_set *set, const struct ip *ip);

/* "10.1.0.2-10.1.0.254,10.2.0.2-…"; returns buf. */
char *range_set_format(const struct range_set *set, char *buf, size_t size);

#endif
