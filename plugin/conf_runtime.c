// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a runtime asks for beside addresses: runtimeConfig has what the configuration declares under
 * "capabilities" (conventions of the CNI project). What an ipvlan interface cannot have is refused
 * with the reason: silence would be taken for success.
 */
#include <errno.h>
#include <stdlib.h>
#include "pkg/base/mem.h"
#include "plugin/conf.h"

#define NO_MAC "an ipvlan interface has its master's MAC address, it cannot have one of its own"

/* "" and an empty or all zero value ask for nothing. */
static bool is_asked(const cJSON *node)
{
	const cJSON *child;

	if (cJSON_IsString(node))
		return node->valuestring[0] != '\0';
	if (cJSON_IsNumber(node))
		return node->valuedouble != 0;
	if (cJSON_IsArray(node))
		return cJSON_GetArraySize(node) > 0;
	if (cJSON_IsObject(node))
		cJSON_ArrayForEach(child, node)
			if (is_asked(child))
				return true;
	return false;
}

static const struct {
	const char *key, *reason;
} refused[] = {
	{ "mac", NO_MAC },
	{ "infinibandGUID", "an ipvlan interface is an Ethernet one" },
	{ "portMappings",
	  "this plugin maps no ports; \"portmap\" after it in the list does, if that "
	  "one declares the capability instead" },
	{ "bandwidth", "this plugin limits no bandwidth; do not declare the capability for it" },
};

static int refuse_runtime(const struct json *runtime, struct err *err)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		struct json j = json_get(runtime, refused[i].key);

		if (is_asked(j.node))
			return json_refuse(&j, CNI_ERR_FIELD, err, "%s", refused[i].reason);
	}
	return 0;
}

static int refuse_mac(const struct json *root, const char *env_args, struct err *err)
{
	struct json args = json_get(root, "args"), cni = json_get(&args, "cni");
	struct json mac = json_get(&cni, "mac");
	char text[64];

	if (is_asked(mac.node))
		return json_refuse(&mac, CNI_ERR_FIELD, err, NO_MAC);
	if (cni_args_find(env_args, "MAC", text, sizeof(text)) && text[0])
		return err_set(err, CNI_ERR_FIELD, -EINVAL, "CNI_ARGS: MAC=%s: " NO_MAC, text);
	return 0;
}

/* {"servers": […], "searches": […], "options": […]}: a list that is there takes the other's place. */
static int read_dns(struct conf *conf, const struct json *j, struct err *err)
{
	const struct {
		struct json list;
		char ***to;
	} lists[] = { { json_get(j, "servers"), &conf->dns.nameservers },
		      { json_get(j, "searches"), &conf->dns.search },
		      { json_get(j, "options"), &conf->dns.options } };
	int rc = json_object(j, err);

	for (size_t i = 0; rc == 0 && i < sizeof(lists) / sizeof(*lists); i++) {
		const char **strs = NULL;

		rc = json_strs(&lists[i].list, &strs, err);
		if (rc == 0 && strs && strs[0]) {
			mem_strs_free(*lists[i].to);
			*lists[i].to = mem_strs(strs);
		}
		free(strs);
	}
	return rc;
}

int conf_runtime_parse(struct conf *conf, const struct json *root, const char *env_args,
		       struct err *err)
{
	struct json runtime = json_get(root, "runtimeConfig"), dns = json_get(&runtime, "dns");
	int rc = json_object(&runtime, err);

	if (rc == 0)
		rc = refuse_runtime(&runtime, err);
	if (rc == 0)
		rc = refuse_mac(root, env_args, err);
	return rc < 0 ? rc : read_dns(conf, &dns, err);
}
