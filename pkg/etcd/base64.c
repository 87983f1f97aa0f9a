// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/etcd/base64.h"

#include <stdint.h>
#include <string.h>
#include "pkg/base/mem.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const char *text)
{
	size_t len = strlen(text);
	char *out = mem_new(len / 3 + 2, 4), *p = out;

	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)(uint8_t)text[i] << 16;

		if (n > 1)
			bits |= (uint32_t)(uint8_t)text[i + 1] << 8;
		if (n > 2)
			bits |= (uint8_t)text[i + 2];
		*p++ = digits[bits >> 18];
		*p++ = digits[bits >> 12 & 63];
		*p++ = n > 1 ? digits[bits >> 6 & 63] : '=';
		*p++ = n > 2 ? digits[bits & 63] : '=';
	}
	return out;
}

char *base64_decode(const char *text)
{
	size_t len = strcspn(text, "="), n = 0;
	char *out = mem_new(len / 4 * 3 + 4, 1);
	uint32_t bits = 0;

	if (strspn(text + len, "=") > 2 || text[len + strspn(text + len, "=")])
		len = 0, n = SIZE_MAX;
	for (size_t i = 0; i < len; i++) {
		const char *digit = strchr(digits, text[i]);

		if (!digit) {
			n = SIZE_MAX;
			break;
		}
		bits = bits << 6 | (uint32_t)(digit - digits);
		if (i % 4)
			out[n++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	if (n != SIZE_MAX)
		return out;
	free(out);
	return NULL;
}
