/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 (RFC 4648, section 4), in which etcd's JSON carries keys and values. */
#ifndef ETCD_BASE64_H
#define ETCD_BASE64_H

#include <stddef.h>

/* New texts, which the caller frees. */
char *base64_encode(const char *text);
/* NULL if it is not base64. What holds a NUL, which none of our texts does, ends there. */
char *base64_decode(const char *text);

#endif
