// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is a text JSON, to the letter of RFC 8259, and if not: where is the first wrong byte, and what
 * belongs there? libcjson answers neither (it takes control characters for blanks, bad hexadecimal
 * for U+0000, and points at the start of what it could not read), so it is asked only after this.
 */
#include "pkg/cni/json_check.h"

#include <stdbool.h>
#include <string.h>
#include <cjson/cJSON.h>

#define NUMBER_MAX 63 /* characters of a number that libcjson reads */

struct scan {
	const char *p; /* on failure: the wrong byte */
	const char *end;
	const char *wanted;
	unsigned int depth;
};

static bool value(struct scan *s);

static bool wrong(struct scan *s, const char *wanted)
{
	s->wanted = wanted;
	return false;
}

/* The byte that is next, or -1 at the end. */
static int peek(const struct scan *s)
{
	return s->p < s->end ? (unsigned char)*s->p : -1;
}

static bool take(struct scan *s, char c)
{
	if (peek(s) != c)
		return false;
	s->p++;
	return true;
}

static void blanks(struct scan *s)
{
	while (take(s, ' ') || take(s, '\t') || take(s, '\n') || take(s, '\r'))
		;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int hex_digit(int c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool literal(struct scan *s, const char *word)
{
	while (*word)
		if (!take(s, *word++))
			return wrong(s, "true, false or null");
	return true;
}

/* The four digits behind "\u". */
static bool utf16_unit(struct scan *s, unsigned int *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++, s->p++) {
		int digit = hex_digit(peek(s));

		if (digit < 0)
			return wrong(s, "four hexadecimal digits");
		*unit = *unit << 4 | (unsigned int)digit;
	}
	return true;
}

static bool escape(struct scan *s)
{
	unsigned int unit, low;

	if (!take(s, 'u')) {
		if (peek(s) <= 0 || !strchr("\"\\/bfnrt", peek(s)))
			return wrong(s, "one of \" \\ / b f n r t u after a backslash");
		s->p++;
		return true;
	}
	if (!utf16_unit(s, &unit))
		return false;
	if (unit == 0) { /* would end the string in C */
		s->p -= 4;
		return wrong(s, "another character than U+0000");
	}
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	if (unit >= 0xdc00 || !take(s, '\\') || !take(s, 'u'))
		return wrong(s, "the two halves of a surrogate pair");
	if (!utf16_unit(s, &low))
		return false;
	return (low >= 0xdc00 && low <= 0xdfff) || wrong(s, "the low half of a surrogate pair");
}

static bool string(struct scan *s, const char *wanted)
{
	if (!take(s, '"'))
		return wrong(s, wanted);
	while (!take(s, '"')) {
		if (peek(s) < 0x20)
			return wrong(s, "the rest of a string");
		if (take(s, '\\')) {
			if (!escape(s))
				return false;
		} else {
			s->p++;
		}
	}
	return true;
}

static bool digits(struct scan *s)
{
	if (!is_digit(peek(s)))
		return wrong(s, "a digit");
	while (is_digit(peek(s)))
		s->p++;
	return true;
}

static bool number(struct scan *s)
{
	const char *start = s->p;

	take(s, '-');
	if (!take(s, '0') && !digits(s))
		return false;
	if (take(s, '.') && !digits(s))
		return false;
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			take(s, '-');
		if (!digits(s))
			return false;
	}
	return s->p - start <= NUMBER_MAX || wrong(s, "a number of fewer digits");
}

static bool member(struct scan *s)
{
	blanks(s);
	if (!string(s, "a key in double quotes"))
		return false;
	blanks(s);
	return take(s, ':') ? value(s) : wrong(s, "\":\"");
}

/* What stands between the brackets, and the closing one. */
static bool list(struct scan *s, bool (*item)(struct scan *s), char closer, const char *wanted)
{
	if (++s->depth > CJSON_NESTING_LIMIT)
		return wrong(s, "no deeper nesting");
	blanks(s);
	if (!take(s, closer)) {
		do {
			if (!item(s))
				return false;
			blanks(s);
		} while (take(s, ','));
		if (!take(s, closer))
			return wrong(s, wanted);
	}
	s->depth--;
	return true;
}

static bool value(struct scan *s)
{
	blanks(s);
	switch (peek(s)) {
	case '{':
		s->p++;
		return list(s, member, '}', "\",\" or \"}\"");
	case '[':
		s->p++;
		return list(s, value, ']', "\",\" or \"]\"");
	case '"':
		return string(s, NULL);
	case 't':
		return literal(s, "true");
	case 'f':
		return literal(s, "false");
	case 'n':
		return literal(s, "null");
	case '-':
	case '0' ... '9':
		return number(s);
	default:
		return wrong(s, "a value");
	}
}

const char *json_check(const char *text, size_t len, const char **wanted)
{
	struct scan s = { .p = text, .end = text + len };

	if (value(&s)) {
		blanks(&s);
		if (s.p == s.end)
			return NULL;
		s.wanted = "the end of the document";
	}
	*wanted = s.wanted;
	return s.p;
}
