// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/base/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void log_warn(const char *fmt, ...)
{
	char line[1024] = "ipvlan: ";
	const size_t prefix = sizeof("ipvlan: ") - 1;
	size_t room = sizeof(line) - prefix - 1; /* one byte stays for the newline */
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line + prefix, room, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	if ((size_t)len >= room)
		len = (int)room - 1;
	/* What came from outside cannot begin a line of its own, nor steer a terminal. */
	for (char *c = line; c < line + prefix + len; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	line[prefix + (size_t)len] = '\n';
	/* One write: lines of plugins that run at the same time do not mix. */
	if (write(STDERR_FILENO, line, prefix + (size_t)len + 1) < 0)
		return; /* nowhere to say it */
}
