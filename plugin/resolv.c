// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/resolv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/base/mem.h"

#define FILE_MAX (64U << 10)
#define BLANKS	 " \t\r"

static void append(char ***list, const char *word)
{
	size_t n = 0;

	while (*list && (*list)[n])
		n++;
	*list = mem_resize(*list, n + 2, sizeof(**list));
	(*list)[n] = mem_str(word);
	(*list)[n + 1] = NULL;
}

static void read_line(char *line, struct cni_dns *dns)
{
	char *key = strtok_r(line, BLANKS, &line), *word;
	char ***list = NULL;

	if (!key)
		return;
	if (strcmp(key, "nameserver") == 0)
		list = &dns->nameservers;
	else if (strcmp(key, "search") == 0)
		list = &dns->search;
	else if (strcmp(key, "options") == 0)
		list = &dns->options;
	while ((word = strtok_r(NULL, BLANKS, &line))) {
		if (list)
			append(list, word);
		if (strcmp(key, "domain") == 0) {
			free(dns->domain);
			dns->domain = mem_str(word);
		}
		if (strcmp(key, "nameserver") == 0 || strcmp(key, "domain") == 0)
			return; /* one a line; what is behind it is a remark */
	}
}

int resolv_read(const char *path, struct cni_dns *out, struct err *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup_free char *text = NULL;
	char *rest, *line;
	size_t len;
	int rc = fd < 0 ? -errno : file_read_all(fd, FILE_MAX, &text, &len);

	if (rc < 0)
		return err_errno(err, CNI_ERR_IO, rc, "ipam.resolvConf: %s", path);
	for (rest = text; (line = strsep(&rest, "\n"));) {
		line[strcspn(line, "#;")] = '\0';
		read_line(line, out);
	}
	return 0;
}
