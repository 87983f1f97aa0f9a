// SPDX-License-Identifier: GPL-2.0-or-later
/* `ipvlan install`: this very file into a node's plugin directory, and a configuration with it. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/base/log.h"
#include "pkg/cni/json.h"
#include "plugin/place.h"
#include "plugin/tool/tool.h"

#define PLUGIN_MAX (64U << 20)

static const char usage[] =
	"usage: ipvlan install [--bin-dir DIR] [--conf FILE [--conf-dir DIR]] [--rollback] [--stay]\n"
	"\n"
	"Puts this program where runtimes look for plugins, then the configuration, if one is named. A\n"
	"runtime sees the old file or the new one, never a part. What was there is kept, as\n"
	"NAME.previous; what says the same already is left alone.\n"
	"\n"
	"  --bin-dir DIR    the plugin directory (default: /opt/cni/bin)\n"
	"  --conf FILE      a configuration, installed under its own name\n"
	"  --conf-dir DIR   where to (default: /etc/cni/net.d)\n"
	"  --rollback       exchange what is there with what was there before; again: forth\n"
	"  --stay           go on until told to end, as a container of a DaemonSet has to\n";

struct request {
	const char *bin_dir, *conf, *conf_dir;
	bool is_back, is_to_stay;
};

/* 0 go on; else exit with it - 1. */
static int read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "bin-dir", required_argument, NULL, 'b' },
		{ "conf", required_argument, NULL, 'c' },
		{ "conf-dir", required_argument, NULL, 'd' },
		{ "rollback", no_argument, NULL, 'r' },
		{ "stay", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*r = (struct request){ .bin_dir = "/opt/cni/bin", .conf_dir = OPTIONS_CONF_DIR };
	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'b')
			r->bin_dir = optarg;
		else if (option == 'c')
			r->conf = optarg;
		else if (option == 'd')
			r->conf_dir = optarg;
		else if (option == 'r')
			r->is_back = true;
		else if (option == 's')
			r->is_to_stay = true;
		else
			return fputs(usage, option == 'h' ? stdout : stderr), option == 'h' ? 1 : 3;
	}
	return optind < argc ? fputs(usage, stderr), 3 : 0;
}

static int read_file(const char *path, size_t max, char **text, size_t *len, struct err *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -errno : file_read_all(fd, max, text, len);

	return rc < 0 ? err_errno(err, CNI_ERR_IO, rc, "%s", path) : 0;
}

/* A directory that a runtime reads: made if it is not there yet. */
static int open_dir(const char *path, int *fd, struct err *err)
{
	int rc = file_mkdirs(path, 0755);

	*fd = rc < 0 ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rc == 0 && *fd < 0)
		rc = -errno;
	return rc < 0 ? err_errno(err, CNI_ERR_IO, rc, "%s", path) : 0;
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What no runtime would take is refused while nothing has changed yet. */
static int check_conf(const char *path, const char *text, size_t len, struct err *err)
{
	const char *name = NULL, *dot = strrchr(file_name(path), '.');
	cJSON *doc = NULL;
	struct json root, key;
	int rc;

	if (!dot || (strcmp(dot, ".conf") && strcmp(dot, ".conflist") && strcmp(dot, ".json")))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "%s: runtimes read files that end in .conflist, .conf or .json",
			       path);
	rc = json_parse(text, len, path, &doc, err);
	if (rc < 0)
		return rc;
	root = json_root(doc);
	key = json_get(&root, "name");
	rc = json_str(&key, &name, err);
	key = json_get(&root, strcmp(dot, ".conflist") == 0 ? "plugins" : "type");
	if (rc == 0 && (!name || !json_present(&key)))
		rc = err_set(err, CNI_ERR_CONFIG, -EINVAL, "%s: \"name\" or \"%s\" is missing",
			     path, strcmp(dot, ".conflist") == 0 ? "plugins" : "type");
	cJSON_Delete(doc);
	return rc;
}

static void tell(const char *dir, const char *name, bool is_new)
{
	printf("%s/%s: %s\n", dir, name, is_new ? "installed" : "unchanged");
}

/* The program before the configuration: a runtime runs the one as soon as it sees the other. */
static int install(const struct request *r, struct err *err)
{
	cleanup_free char *self = NULL, *conf = NULL;
	cleanup_fd int bin_fd = -1, conf_fd = -1;
	size_t self_len = 0, conf_len = 0;
	bool is_new;
	int rc = read_file("/proc/self/exe", PLUGIN_MAX, &self, &self_len, err);

	if (rc == 0 && r->conf)
		rc = read_file(r->conf, JSON_TEXT_MAX, &conf, &conf_len, err);
	if (rc == 0 && r->conf)
		rc = check_conf(r->conf, conf, conf_len, err);
	if (rc < 0 || (rc = open_dir(r->bin_dir, &bin_fd, err)) < 0 ||
	    (rc = place_put(bin_fd, "ipvlan", self, self_len, 0755, &is_new, err)) < 0 ||
	    (rc = place_link(bin_fd, "ipvlan-ipam", "ipvlan", err)) < 0)
		return rc;
	tell(r->bin_dir, "ipvlan", is_new);
	if (!r->conf || (rc = open_dir(r->conf_dir, &conf_fd, err)) < 0)
		return rc;
	rc = place_put(conf_fd, file_name(r->conf), conf, conf_len, 0644, &is_new, err);
	if (rc == 0)
		tell(r->conf_dir, file_name(r->conf), is_new);
	return rc;
}

static int back(const char *dir, const char *name, struct err *err)
{
	cleanup_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? err_errno(err, CNI_ERR_IO, -errno, "%s", dir) : place_back(fd, name, err);

	if (rc == 0)
		printf("%s/%s: as before\n", dir, name);
	return rc;
}

/* In the other order: no configuration is in front of a program that cannot read it. */
static int roll_back(const struct request *r, struct err *err)
{
	int rc = r->conf ? back(r->conf_dir, file_name(r->conf), err) : 0;

	if (rc < 0)
		return rc;
	rc = back(r->bin_dir, "ipvlan", err);
	if (rc < 0 && r->conf) /* both or none; an exchange is undone by another */
		back(r->conf_dir, file_name(r->conf), err);
	return rc;
}

/* Process 1 of a container gets no signal that it does not ask for. */
static void stay(void)
{
	sigset_t ends;
	int got;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	sigwait(&ends, &got);
}

static int run(int argc, char **argv)
{
	struct err err = { 0 };
	struct request r;
	int rc = read_options(argc, argv, &r);

	if (rc)
		return rc - 1;
	rc = r.is_back ? roll_back(&r, &err) : install(&r, &err);
	if (rc < 0) {
		log_warn("%s", err.msg);
		return 1;
	}
	if (fflush(stdout) == 0 && r.is_to_stay)
		stay();
	return 0;
}

const struct tool tool_install = {
	.name = "install",
	.summary = "put this program into a plugin directory",
	.usage = usage,
	.run = run,
};
