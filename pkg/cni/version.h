/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The versions of the CNI specification, in order; compare with < and >=. */
#ifndef CNI_VERSION_H
#define CNI_VERSION_H

#include "pkg/base/err.h"

enum cni_version {
	CNI_0_1_0,
	CNI_0_2_0,
	CNI_0_3_0,
	CNI_0_3_1,
	CNI_0_4_0,
	CNI_1_0_0,
	CNI_1_1_0,
	CNI_VERSIONS, /* how many */
};

const char *cni_version_name(enum cni_version v);

/* NULL or "" is 0.1.0. -EPROTONOSUPPORT and code 1 with the supported ones in the details. */
int cni_version_parse(const char *text, enum cni_version *out, struct err *err);

/* The answer to VERSION, as JSON text (caller frees): cniVersion as asked, all that we support. */
char *cni_version_print(const char *asked);

#endif
