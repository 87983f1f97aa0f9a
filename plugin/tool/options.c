// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/base/log.h"
#include "pkg/ipam/store_dir.h"

#define DOCUMENT_MAX (1024U << 20) /* an export of millions of reservations */

static const struct option options[] = {
	{ "data-dir", required_argument, NULL, 'd' }, { "conf-dir", required_argument, NULL, 'c' },
	{ "network", required_argument, NULL, 'n' },  { "json", no_argument, NULL, 'j' },
	{ "force", no_argument, NULL, 'f' },	      { "fix", no_argument, NULL, 'x' },
	{ "list", no_argument, NULL, 'l' },	      { "dry-run", no_argument, NULL, 'y' },
	{ "help", no_argument, NULL, 'h' },	      { NULL, 0, NULL, 0 },
};

/* One that would change nothing is a mistake: it is refused, not ignored. */
static bool is_named(const char *usage, const char *name)
{
	char text[32];

	snprintf(text, sizeof(text), "--%s", name);
	return strcmp(name, "help") == 0 || strstr(usage, text);
}

static int refuse(const char *usage, const char *option)
{
	if (option)
		log_warn("no such option here: --%s", option);
	fputs(usage, stderr);
	return 3;
}

static void take(struct tool_options *o, int option)
{
	switch (option) {
	case 'd':
		o->data_dir = optarg;
		break;
	case 'c':
		o->conf_dir = optarg;
		break;
	case 'n':
		o->network = optarg;
		break;
	case 'j':
		o->is_json = true;
		break;
	case 'f':
		o->is_forced = true;
		break;
	case 'x':
		o->is_fixing = true;
		break;
	case 'l':
		o->is_list = true;
		break;
	case 'y':
		o->is_dry = true;
		break;
	}
}

int options_read(int argc, char **argv, const char *usage, struct tool_options *o)
{
	int option, index = 0;

	*o = (struct tool_options){ .data_dir = STORE_DIR_DEFAULT, .conf_dir = OPTIONS_CONF_DIR };
	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (option == '?')
			return refuse(usage, NULL);
		if (!is_named(usage, options[index].name))
			return refuse(usage, options[index].name);
		if (option == 'h') {
			fputs(usage, stdout);
			return 1;
		}
		take(o, option);
	}
	o->args = argv + optind;
	o->n_args = argc - optind;
	return 0;
}

int options_document(const struct tool_options *o, cJSON **doc, struct err *err)
{
	const char *file = o->n_args ? o->args[0] : "stdin";
	cleanup_fd int fd = o->n_args ? open(file, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	cleanup_free char *text = NULL;
	size_t len = 0;
	int rc = fd < 0 ? -errno : file_read_all(fd, DOCUMENT_MAX, &text, &len);

	if (rc < 0)
		return err_errno(err, CNI_ERR_IO, rc, "%s", file);
	return json_parse(text, len, file, doc, err);
}
