/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often each verb ran on this node, how it ended and how long it took: counters in a file under
 * /run that all calls share, mapped and added to without a lock. Nobody counts before the file is
 * there; `ipvlan metrics` makes it.
 */
#ifndef PLUGIN_TALLY_H
#define PLUGIN_TALLY_H

#include <stdint.h>
#include "pkg/base/err.h"
#include "pkg/cni/env.h"

#define TALLY_DIR     "/run/ipvlan-cni"
#define TALLY_CODES   256 /* those of errors; 0: success, the last: all beyond */
#define TALLY_BUCKETS 12

struct tally {
	uint64_t layout; /* TALLY_LAYOUT: another one is another version's, and is left alone */
	uint64_t ended[CNI_VERBS][TALLY_CODES];
	uint64_t took_ns[CNI_VERBS];
	uint64_t within[CNI_VERBS][TALLY_BUCKETS]; /* not cumulative; longer than all: in none */
};

/* Upper ends of the buckets, in microseconds. */
extern const uint32_t tally_bucket_us[TALLY_BUCKETS];

/* Monotonic, for took_ns. */
uint64_t tally_now_ns(void);

/* Counts one call; code 0: it succeeded. What fails is nobody's concern. */
void tally_add(enum cni_verb verb, int code, uint64_t took_ns);

/* What was counted since the file is there; it is made if there is none. Code 5. */
int tally_read(struct tally *out, struct err *err);

#endif
