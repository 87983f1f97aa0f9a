/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CNI_JSON_CHECK_H
#define CNI_JSON_CHECK_H

#include <stddef.h>

/*
 * NULL if text[len] is one JSON document (RFC 8259) that holds no U+0000 and is nested no deeper
 * than libcjson reads. Else the first wrong byte, text + len if it ends too early, and what was
 * wanted there.
 */
const char *json_check(const char *text, size_t len, const char **wanted);

#endif
