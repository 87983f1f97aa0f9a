// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLANKS	  " \t\n\v\f\r"
#define SEPARATOR "\r\n"

int record_format(const struct owner *o, char buf[static RECORD_MAX])
{
	int len = snprintf(buf, RECORD_MAX, "%s" SEPARATOR "%s", o->container_id, o->ifname);

	return len < RECORD_MAX ? len : -ENAMETOOLONG;
}

void record_parse(char *text, struct owner *o)
{
	char *start = text + strspn(text, BLANKS);
	char *end = start + strlen(start);
	char *separator;

	while (end > start && strchr(BLANKS, end[-1]))
		end--;
	*end = '\0';
	separator = strstr(start, SEPARATOR);
	if (separator)
		*separator = '\0';
	o->container_id = start;
	o->ifname = separator ? separator + strlen(SEPARATOR) : end;
}

enum record_match record_compare(const struct owner *record, const struct owner *o)
{
	if (strcmp(record->container_id, o->container_id) != 0)
		return RECORD_OTHER;
	if (strcmp(record->ifname, o->ifname) == 0)
		return RECORD_EXACT;
	return record->ifname[0] == '\0' ? RECORD_OLD : RECORD_OTHER;
}
