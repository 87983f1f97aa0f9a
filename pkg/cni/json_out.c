// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/json_out.h"

#include <assert.h>
#include <inttypes.h>

#include "pkg/base/mem.h"

/* Length in bytes of the well-formed sequence at s (Unicode, table 3-7), or 0. */
static size_t utf8_len(const unsigned char *s)
{
	static const struct {
		unsigned char first_min, first_max, second_min, second_max, len;
	} rows[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	if (*s < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = 2;

		if (*s < rows[i].first_min || *s > rows[i].first_max)
			continue;
		if (s[1] < rows[i].second_min || s[1] > rows[i].second_max)
			return 0;
		while (n < rows[i].len && (s[n] & 0xc0) == 0x80)
			n++;
		return n == rows[i].len ? n : 0;
	}
	return 0;
}

static void put_string(FILE *f, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len;

	putc('"', f);
	for (; *s; s += len ? len : 1) {
		len = utf8_len(s);
		if (len == 0)
			fputs("\xef\xbf\xbd", f); /* U+FFFD */
		else if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", f);
		else if (*s < 0x20)
			fprintf(f, "\\u%04x", *s);
		else
			fwrite(s, 1, len, f);
	}
	putc('"', f);
}

static void new_line(struct json_out *o)
{
	putc('\n', o->f);
	for (unsigned int i = 0; i < o->depth; i++)
		fputs("    ", o->f);
}

/* What stands before a value: the comma after the one before it, the line, the key. */
static void begin_value(struct json_out *o, const char *key)
{
	if (!o->empty)
		putc(',', o->f);
	o->empty = false;
	new_line(o);
	if (key) {
		put_string(o->f, key);
		fputs(": ", o->f);
	}
}

static void begin_nested(struct json_out *o, char opener, char closer)
{
	assert(o->depth < JSON_OUT_DEPTH);
	putc(opener, o->f);
	o->closer[o->depth++] = closer;
	o->empty = true;
}

void json_out_open(struct json_out *o)
{
	*o = (struct json_out){ 0 };
	o->f = mem_must(open_memstream(&o->text, &o->len));
	begin_nested(o, '{', '}');
}

char *json_out_close(struct json_out *o)
{
	bool failed;

	json_out_end(o);
	assert(o->depth == 0);
	putc('\n', o->f);
	failed = ferror(o->f);
	if (fclose(o->f) != 0 || failed)
		abort(); /* out of memory: as in mem_must() */
	return o->text;
}

void json_out_print(struct json_out *o)
{
	char *text = json_out_close(o);

	fputs(text, stdout);
	free(text);
}

void json_out_object(struct json_out *o, const char *key)
{
	begin_value(o, key);
	begin_nested(o, '{', '}');
}

void json_out_array(struct json_out *o, const char *key)
{
	begin_value(o, key);
	begin_nested(o, '[', ']');
}

void json_out_end(struct json_out *o)
{
	assert(o->depth > 0);
	o->depth--;
	if (!o->empty)
		new_line(o);
	putc(o->closer[o->depth], o->f);
	o->empty = false;
}

void json_out_str(struct json_out *o, const char *key, const char *value)
{
	begin_value(o, key);
	put_string(o->f, value);
}

void json_out_int(struct json_out *o, const char *key, int64_t value)
{
	begin_value(o, key);
	fprintf(o->f, "%" PRId64, value);
}

void json_out_bool(struct json_out *o, const char *key, bool value)
{
	begin_value(o, key);
	fputs(value ? "true" : "false", o->f);
}
