// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The network configuration (first byte: the verb). What is refused is explained; what ADD takes,
 * the other verbs take too: an attachment that was made can be looked at and taken away.
 */
#include "plugin/conf.h"
#include "test/fuzz/fuzz.h"

static int parse(const char *text, size_t len, enum cni_verb verb, bool is_ipam,
		 enum cni_version *version)
{
	const struct cni_env env = { .verb = verb,
				     .container_id = "c",
				     .netns = "/n",
				     .ifname = "eth0",
				     .args = "IgnoreUnknown=1;K8S_POD_NAMESPACE=a;K8S_POD_NAME=b",
				     .path = "/p" };
	struct err err = { 0 };
	struct conf conf;
	int rc = (is_ipam ? conf_parse_ipam : conf_parse)(&conf, text, len, &env, &err);

	if (rc < 0)
		must_explain(&err);
	else
		must(!err_is_set(&err) && conf.doc && cni_id_is_valid(conf.name));
	*version = conf.version;
	conf_free(&conf);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum cni_version version;
	enum cni_verb verb;
	bool is_ipam;
	char *text;

	if (!size)
		return 0;
	verb = data[0] % CNI_VERSION;
	is_ipam = data[0] & 0x80;
	text = fuzz_text(data + 1, size - 1);
	if (parse(text, size - 1, verb, is_ipam, &version) == 0 && verb == CNI_ADD) {
		must(parse(text, size - 1, CNI_DEL, is_ipam, &version) == 0);
		must(parse(text, size - 1, CNI_CHECK, is_ipam, &version) == 0);
		must(parse(text, size - 1, CNI_STATUS, is_ipam, &version) == 0);
	}
	free(text);
	return 0;
}
