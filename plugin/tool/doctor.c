// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/cni/json_out.h"
#include "plugin/tool/doctor_confs.h"
#include "plugin/tool/paint.h"
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan doctor [--fix] [--list] [--json] [--network NAME] [--conf-dir DIR]\n"
	"                     [--data-dir DIR] [CHECK...]\n"
	"\n"
	"Looks at this node and says what is wrong and what to do. Changes nothing without --fix.\n"
	"Run it as root where the plugin runs, in the host's netns.\n"
	"\n"
	"  CHECK...     these alone (default: all)\n"
	"  --fix        do away with what can be done away with safely, and look again\n"
	"  --list       the checks there are, with what to do about each\n"
	"\n"
	"Exit status: 0 nothing is wrong (there may be notes), 1 warnings, 3 errors, 2 usage.\n";

static const struct check *const groups[] = { doctor_kernel, doctor_conf, doctor_master,
					      doctor_state };

#define N_GROUPS (sizeof(groups) / sizeof(*groups))

static const struct {
	const char *name;
	enum paint paint;
} severities[] = {
	[SEVERITY_NOTE] = { "note", PAINT_QUIET },
	[SEVERITY_WARNING] = { "warning", PAINT_WARNING },
	[SEVERITY_ERROR] = { "error", PAINT_ERROR },
};

struct found {
	const struct check *check;
	char *what;
};

void doctor_find(struct doctor *d, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->found = mem_resize(d->found, d->n_found + 1, sizeof(*d->found));
	d->found[d->n_found++] = (struct found){ .check = d->check, .what = mem_str(text) };
}

/* ---- looking -------------------------------------------------------------------------------- */

static bool is_asked(const struct tool_options *o, const char *id)
{
	for (int i = 0; i < o->n_args; i++)
		if (strcmp(o->args[i], id) == 0)
			return true;
	return !o->n_args;
}

static void forget(struct doctor *d, size_t from)
{
	for (size_t i = from; i < d->n_found; i++)
		free(d->found[i].what);
	d->n_found = from;
}

/* What was mended is looked at again: what is left is told. */
static void look(struct doctor *d, const struct check *c)
{
	size_t before = d->n_found;

	d->check = c;
	c->look(d);
	if (!d->o->is_fixing || !c->mend || d->n_found == before)
		return;
	forget(d, before);
	c->mend(d);
	attachments_free(&d->attachments);
	attachments_read(d->o, d->node, &d->attachments, NULL);
	c->look(d);
}

static void each_check(const struct tool_options *o, void (*fn)(const struct check *c, void *ctx),
		       void *ctx)
{
	for (size_t g = 0; g < N_GROUPS; g++)
		for (const struct check *c = groups[g]; c->id; c++)
			if (is_asked(o, c->id))
				fn(c, ctx);
}

static void look_at(const struct check *c, void *ctx)
{
	look(ctx, c);
}

static int by_severity(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->check->severity != y->check->severity)
		return x->check->severity > y->check->severity ? -1 : 1;
	return x->check != y->check ? strcmp(x->check->id, y->check->id) : strcmp(x->what, y->what);
}

/* ---- telling -------------------------------------------------------------------------------- */

static void put_check(struct json_out *out, const struct check *c, const char *what)
{
	json_out_object(out, NULL);
	json_out_str(out, "id", c->id);
	json_out_str(out, "severity", severities[c->severity].name);
	if (what)
		json_out_str(out, "finding", what);
	json_out_str(out, "remedy", c->remedy);
	json_out_bool(out, "fixable", c->mend != NULL);
	json_out_end(out);
}

static void print_check(const struct check *c, const char *what)
{
	paint_begin(severities[c->severity].paint);
	printf("%-8s", severities[c->severity].name);
	paint_end();
	printf(" %-20s %s\n", c->id, what ?: c->remedy);
	if (what)
		printf("%30s-> %s%s\n", "", c->remedy, c->mend ? " (--fix does it)" : "");
}

static void print_json(const struct doctor *d)
{
	struct json_out out;

	json_out_open(&out);
	json_out_array(&out, "findings");
	for (size_t i = 0; i < d->n_found; i++)
		put_check(&out, d->found[i].check, d->found[i].what);
	json_out_end(&out);
	json_out_print(&out);
}

static void print_text(const struct doctor *d)
{
	size_t counts[SEVERITY_ERROR + 1] = { 0 };

	for (size_t i = 0; i < d->n_found; i++) {
		print_check(d->found[i].check, d->found[i].what);
		counts[d->found[i].check->severity]++;
	}
	printf("%s%zu errors, %zu warnings, %zu notes\n", d->n_found ? "\n" : "",
	       counts[SEVERITY_ERROR], counts[SEVERITY_WARNING], counts[SEVERITY_NOTE]);
}

static void list_one(const struct check *c, void *ctx)
{
	if (ctx)
		put_check(ctx, c, NULL);
	else
		print_check(c, NULL);
}

static int list(const struct tool_options *o)
{
	struct json_out out;

	if (!o->is_json) {
		each_check(o, list_one, NULL);
		return 0;
	}
	json_out_open(&out);
	json_out_array(&out, "checks");
	each_check(o, list_one, &out);
	json_out_end(&out);
	json_out_print(&out);
	return 0;
}

/* ---- the tool ------------------------------------------------------------------------------- */

static void count_id(const struct check *c, void *ctx)
{
	(void)c;
	*(size_t *)ctx += 1;
}

static bool are_checks(const struct tool_options *o)
{
	for (int i = 0; i < o->n_args; i++) {
		struct tool_options one = { .args = o->args + i, .n_args = 1 };
		size_t n = 0;

		each_check(&one, count_id, &n);
		if (!n) {
			log_warn("doctor: there is no check \"%s\" (--list)", o->args[i]);
			return false;
		}
	}
	return true;
}

static int status_of(const struct doctor *d)
{
	static const int statuses[] = {
		[SEVERITY_NOTE] = 0, [SEVERITY_WARNING] = 1, [SEVERITY_ERROR] = 3
	};

	return d->n_found ? statuses[d->found[0].check->severity] : 0;
}

static int doctor(const struct tool_options *o, struct node *n)
{
	struct doctor d = { .o = o, .node = n };
	struct err err = { 0 };
	int status;

	if (!are_checks(o))
		return 2;
	if (o->is_list)
		return list(o);
	if (attachments_read(o, n, &d.attachments, &err) < 0)
		log_warn("%s", err.msg);
	doctor_confs_read(&d);
	each_check(o, look_at, &d);
	if (d.n_found)
		qsort(d.found, d.n_found, sizeof(*d.found), by_severity);
	if (o->is_json)
		print_json(&d);
	else
		print_text(&d);
	status = status_of(&d);
	forget(&d, 0);
	free(d.found);
	doctor_confs_free(&d);
	attachments_free(&d.attachments);
	return status;
}

const struct tool tool_doctor = {
	.name = "doctor",
	.summary = "what is wrong on this node, and what to do",
	.usage = usage,
	.act = doctor,
};
