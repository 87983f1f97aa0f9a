// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether others have the addresses, and how they learn of them: "dad", "dadWaitMs", "announce". */
#include <errno.h>
#include <string.h>
#include <linux/if_link.h>
#include "plugin/conf.h"

#define WAIT_DEFAULT_MS 300
#define WAIT_MAX_MS	30000 /* a runtime would lose patience */

static int read_dad(struct conf *conf, const struct json *j, struct err *err)
{
	static const char *const names[] = {
		[DAD_OPTIMISTIC] = "optimistic", [DAD_OFF] = "off", [DAD_WAIT] = "wait"
	};
	const char *name = names[DAD_OPTIMISTIC];
	int rc = json_str(j, &name, err);

	for (size_t i = 0; rc == 0 && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0) {
			conf->dad = (enum dad)i;
			return 0;
		}
	return rc < 0 ? rc :
			json_refuse(j, CNI_ERR_CONFIG, err,
				    "expected \"optimistic\" (the default), \"wait\" or \"off\"");
}

static int read_wait(struct conf *conf, const struct json *j, struct err *err)
{
	int64_t wait_ms = WAIT_DEFAULT_MS;
	int rc = json_int(j, 1, WAIT_MAX_MS, &wait_ms, err);

	if (rc == 0 && json_present(j) && conf->dad != DAD_WAIT)
		return json_refuse(j, CNI_ERR_CONFIG, err,
				   "has a meaning with \"dad\": \"wait\" only");
	conf->dad_wait_ms = (uint32_t)wait_ms;
	return rc;
}

int conf_detect_parse(struct conf *conf, const struct json *root, struct err *err)
{
	struct json dad = json_get(root, "dad"), wait_ms = json_get(root, "dadWaitMs");
	struct json announce = json_get(root, "announce");
	int rc = read_dad(conf, &dad, err);

	if (rc == 0 && conf->dad == DAD_WAIT && conf->mode != IPVLAN_MODE_L2)
		return json_refuse(&dad, CNI_ERR_FIELD, err,
				   "only in mode l2 do interfaces answer for their addresses");
	if (rc == 0)
		rc = read_wait(conf, &wait_ms, err);
	conf->is_announced = true;
	return rc < 0 ? rc : json_bool(&announce, &conf->is_announced, err);
}
