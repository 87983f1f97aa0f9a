// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* False if there is an error already, or nobody to tell. */
static bool err_begin(struct err *err, int code)
{
	if (!err)
		return false;
	if (err->code) {
		err->is_closed = true;
		return false;
	}
	err->code = code;
	return true;
}

int err_set(struct err *err, int code, int rc, const char *fmt, ...)
{
	va_list ap;

	if (!err_begin(err, code))
		return rc;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return rc;
}

int err_errno(struct err *err, int code, int rc, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (!err_begin(err, code))
		return rc;
	va_start(ap, fmt);
	len = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	if (len >= 0 && (size_t)len < sizeof(err->msg))
		snprintf(err->msg + len, sizeof(err->msg) - (size_t)len, ": %s", strerror(-rc));
	return rc;
}

void err_details(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err_is_set(err) || err->is_closed || err->details[0])
		return;
	va_start(ap, fmt);
	vsnprintf(err->details, sizeof(err->details), fmt, ap);
	va_end(ap);
}

int err_recode(struct err *err, int code, int rc, const struct err *why)
{
	err_set(err, code, rc, "%s", why->msg);
	if (why->details[0])
		err_details(err, "%s", why->details);
	return rc;
}

/* What does not fit whole is left out, with a mark. */
static void join(char *all, size_t size, const char *one)
{
	size_t len = strlen(all);

	if (len + strlen(one) + strlen("; ; ...") < size)
		sprintf(all + len, "%s%s", len && *one ? "; " : "", one);
	else if (len + strlen("; ...") < size && (len < 5 || strcmp(all + len - 5, "; ...") != 0))
		strcpy(all + len, "; ...");
}

void err_join(struct err *all, const struct err *one)
{
	if (!all || !err_is_set(one))
		return;
	if (!err_is_set(all)) {
		*all = *one;
		return;
	}
	join(all->msg, sizeof(all->msg), one->msg);
	join(all->details, sizeof(all->details), one->details);
}
