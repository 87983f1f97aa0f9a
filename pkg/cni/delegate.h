/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running another plugin as the specification 1.1.0 says in "Section 4: Plugin Delegation": found
 * in CNI_PATH, the same environment with another CNI_COMMAND, the complete configuration on stdin,
 * its stderr passed through, its error ours.
 */
#ifndef CNI_DELEGATE_H
#define CNI_DELEGATE_H

#include <stddef.h>
#include "pkg/base/err.h"
#include "pkg/cni/env.h"

struct delegate {
	const char *type;   /* file name looked for; one with "/" is refused */
	const char *path;   /* CNI_PATH */
	const char *config; /* given on stdin, as it came to us */
	size_t config_len;
	int timeout_ms; /* after which it is killed, with what it started; 0: never */
};

/*
 * Runs it for this verb. On success 0 and what it printed in *out (NUL-terminated, caller frees;
 * out may be NULL). A type with "/": -EINVAL, code 7. Not found: -ENOENT, code 108 naming CNI_PATH,
 * of which only absolute directories count. It failed: -EIO with the code, msg and details that it
 * printed, "<type>: " put before the msg; without an error object, or when it printed more than
 * JSON_TEXT_MAX bytes, or did not end in time, code 108 with its exit status or signal. ETXTBSY
 * (its file is being replaced) is tried again, 5 times a second apart. It gets no file descriptor
 * of ours but stderr.
 *
 * An err that is set already stays as it is, details too: this may be part of an undo.
 */
int delegate_run(const struct delegate *d, enum cni_verb verb, char **out, struct err *err);

#endif
