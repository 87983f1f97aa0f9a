// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * prevResult inside a configuration (first byte: the version). What CHECK takes it can say again,
 * in the same version, and that is taken again and says the same: a chain hands it on whole.
 */
#include <stdio.h>
#include "plugin/conf.h"
#include "test/fuzz/fuzz.h"

#define CONF "{\"cniVersion\":\"%s\",\"name\":\"n\",\"type\":\"ipvlan\",\"prevResult\":%s}"

/*
 * What was read, printed; NULL if it was refused, or this version cannot say it. *version: what
 * came in may end the object that it is put into and say another.
 */
static char *through(const char *prev, enum cni_version *version)
{
	const struct cni_env env = { .verb = CNI_CHECK,
				     .container_id = "c",
				     .netns = "/n",
				     .ifname = "eth0",
				     .args = "",
				     .path = "/p" };
	char *text = NULL, *printed = NULL;
	struct err err = { 0 };
	struct conf conf;
	int len = asprintf(&text, CONF, cni_version_name(*version), prev);

	must(len > 0);
	if (conf_parse(&conf, text, (size_t)len, &env, &err) == 0) {
		*version = conf.version;
		printed = cni_result_print(&conf.prev, conf.version, &err);
	}
	if (!printed)
		must_explain(&err);
	conf_free(&conf);
	free(text);
	return printed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum cni_version version;
	char *prev, *first, *second;

	if (!size)
		return 0;
	version = data[0] % CNI_VERSIONS;
	prev = fuzz_text(data + 1, size - 1);
	first = through(prev, &version);
	if (first) {
		must_be_json(first);
		second = through(first, &version);
		must(second && strcmp(first, second) == 0);
		free(second);
	}
	free(first);
	free(prev);
	return 0;
}
