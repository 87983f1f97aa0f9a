/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number for a text that is too long for where it must go. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

/* FNV-1a, 64 bits. No secret: who chooses both texts can make them meet. */
static inline uint64_t hash_text(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	return h;
}

#endif
