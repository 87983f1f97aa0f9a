// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a line a call is wanted, and where: "log", "logFormat". */
#include <errno.h>
#include <string.h>
#include "plugin/conf.h"

int conf_log_parse(struct conf *conf, const struct json *root, struct err *err)
{
	struct json log = json_get(root, "log"), format = json_get(root, "logFormat");
	const char *name = "text";
	int rc = json_str(&log, &conf->log, err);

	if (rc == 0 && conf->log && conf->log[0] && conf->log[0] != '/' &&
	    strcmp(conf->log, "syslog") != 0 && strcmp(conf->log, "journald") != 0) {
		conf->log = NULL;
		return json_refuse(&log, CNI_ERR_CONFIG, err,
				   "expected the path of a file, \"syslog\" or \"journald\"");
	}
	if (rc == 0)
		rc = json_str(&format, &name, err);
	conf->log_is_json = strcmp(name, "json") == 0;
	if (rc == 0 && !conf->log_is_json && strcmp(name, "text") != 0)
		return json_refuse(&format, CNI_ERR_CONFIG, err,
				   "expected \"text\" (the default) or \"json\"");
	return rc;
}
