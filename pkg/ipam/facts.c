// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/facts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/base/file.h"

/* The line of a small file of the system; "" if there is none. */
static void read_line(const char *path, char *buf, size_t size)
{
	if (file_read(AT_FDCWD, path, buf, size) < 0)
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

/* Neither changes while a process lives. */
void facts_here(struct facts *f)
{
	static struct facts here = { .nsid = -1 };

	if (!here.boot[0]) {
		read_line("/proc/sys/kernel/random/boot_id", here.boot, sizeof(here.boot));
		read_line("/etc/machine-id", here.machine, sizeof(here.machine));
	}
	*f = here;
}

static void put(char *buf, const char *key, const char *value)
{
	size_t len = strlen(buf);

	/* A line end would begin another line; one that does not fit is left out whole. */
	if (*value && !strchr(value, '\n') && len + strlen(key) + strlen(value) + 3 <= FACTS_MAX)
		sprintf(buf + len, "%s=%s\n", key, value);
}

static void put_number(char *buf, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put(buf, key, value ? text : "");
}

char *facts_format(const struct facts *f, char buf[static FACTS_MAX])
{
	buf[0] = '\0';
	put(buf, "boot", f->boot);
	put(buf, "machine", f->machine);
	put_number(buf, "home", f->home);
	put_number(buf, "cookie", f->cookie);
	put_number(buf, "nsid", f->nsid < 0 ? 0 : (uint64_t)f->nsid + 1); /* 0 is an id, too */
	put(buf, "sticky", f->is_sticky ? "1" : "");
	put(buf, "rests", f->is_rested ? "1" : "");
	put(buf, "inuseby", f->in_use_by);
	put(buf, "namespace", f->pod_namespace);
	put(buf, "pod", f->pod_name);
	put(buf, "netns", f->netns);
	return buf;
}

static void take_text(const char *value, char *out, size_t size)
{
	if (strlen(value) < size)
		strcpy(out, value);
}

static void take(struct facts *f, const char *key, const char *value)
{
	uint64_t number = strtoull(value, NULL, 10);

	if (strcmp(key, "boot") == 0)
		take_text(value, f->boot, sizeof(f->boot));
	else if (strcmp(key, "machine") == 0)
		take_text(value, f->machine, sizeof(f->machine));
	else if (strcmp(key, "home") == 0)
		f->home = number;
	else if (strcmp(key, "cookie") == 0)
		f->cookie = number;
	else if (strcmp(key, "nsid") == 0)
		f->nsid = number && number <= INT32_MAX ? (int32_t)number - 1 : -1;
	else if (strcmp(key, "sticky") == 0)
		f->is_sticky = number == 1;
	else if (strcmp(key, "rests") == 0)
		f->is_rested = number == 1;
	else if (strcmp(key, "inuseby") == 0)
		take_text(value, f->in_use_by, sizeof(f->in_use_by));
	else if (strcmp(key, "namespace") == 0)
		take_text(value, f->pod_namespace, sizeof(f->pod_namespace));
	else if (strcmp(key, "pod") == 0)
		take_text(value, f->pod_name, sizeof(f->pod_name));
	else if (strcmp(key, "netns") == 0)
		take_text(value, f->netns, sizeof(f->netns));
}

void facts_parse(const char *text, struct facts *f)
{
	char copy[FACTS_MAX], *rest = copy, *line, *value;

	*f = (struct facts){ .nsid = -1 };
	snprintf(copy, sizeof(copy), "%s", text);
	while ((line = strsep(&rest, "\n"))) {
		value = strchr(line, '=');
		if (!value)
			continue;
		*value++ = '\0';
		take(f, line, value);
	}
}

bool facts_have_pod(const struct facts *f)
{
	return f->pod_name[0] != '\0';
}

bool facts_same_pod(const struct facts *a, const struct facts *b)
{
	return facts_have_pod(a) && strcmp(a->pod_name, b->pod_name) == 0 &&
	       strcmp(a->pod_namespace, b->pod_namespace) == 0;
}

bool facts_is_earlier_boot(const struct facts *f, const struct facts *here)
{
	return f->boot[0] && here->boot[0] && strcmp(f->boot, here->boot) != 0 && f->machine[0] &&
	       strcmp(f->machine, here->machine) == 0;
}
