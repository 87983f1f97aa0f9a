// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/mem.h"
#include "pkg/datapath/datapath.h"
#include "pkg/nl/vlan.h"

/* A word, or a list of them in the order of preference. */
static int read_master(struct conf *conf, const struct json *j, struct err *err)
{
	const char *word = "";
	int rc;

	if (json_present(j) && cJSON_IsArray(j->node)) {
		rc = json_strs(j, &conf->masters, err);
		for (size_t i = 0; rc == 0 && conf->masters[i]; i++)
			if (!conf->masters[i][0])
				rc = json_refuse(j, CNI_ERR_CONFIG, err,
						 "an empty word means no interface");
		if (rc == 0 && !conf->masters[0])
			rc = json_refuse(j, CNI_ERR_CONFIG, err,
					 "an empty list means no interface");
		return rc;
	}
	rc = json_str(j, &word, err);
	if (rc < 0 || !word[0])
		return rc;
	conf->masters = mem_new(2, sizeof(*conf->masters));
	conf->masters[0] = word;
	return 0;
}

static int read_vlan(struct conf *conf, const struct json *j, struct err *err)
{
	int64_t id = 0;
	int rc = json_int(j, 0, VLAN_ID_MAX, &id, err);

	conf->vlan = (uint16_t)id;
	return rc;
}

static int read_mode(struct conf *conf, const struct json *j, struct err *err)
{
	const char *name = "";
	int rc = json_str(j, &name, err);

	conf->mode = IPVLAN_MODE_L2;
	if (rc < 0 || !name[0])
		return rc;
	if (datapath_mode_parse(name, &conf->mode) < 0)
		return json_refuse(
			j, CNI_ERR_CONFIG, err,
			"no such mode; there are \"l2\" (the default), \"l3\" and \"l3s\"");
	return 0;
}

static int read_mtu(struct conf *conf, const struct json *j, struct err *err)
{
	int64_t mtu = 0;
	int rc = json_int(j, 0, MTU_MAX, &mtu, err);

	if (rc == 0 && mtu && mtu < MTU_MIN)
		return json_refuse(j, CNI_ERR_CONFIG, err, "expected 0 (the master's) or %d to %d",
				   MTU_MIN, MTU_MAX);
	conf->mtu = (uint32_t)mtu;
	conf->mtu_source = j->key;
	return rc;
}

static int read_flags(struct conf *conf, const struct json *j, struct err *err)
{
	const char *name = "";
	int rc = json_str(j, &name, err);

	if (strcmp(name, "private") == 0)
		conf->flags = IPVLAN_F_PRIVATE;
	else if (strcmp(name, "vepa") == 0)
		conf->flags = IPVLAN_F_VEPA;
	else if (rc == 0 && name[0] && strcmp(name, "bridge") != 0)
		return json_refuse(j, CNI_ERR_CONFIG, err,
				   "no such flag; there are \"bridge\" (the default), \"private\" "
				   "and \"vepa\"");
	return rc;
}

static int read_datapath(struct conf *conf, const struct json *j, struct err *err)
{
	const char *name = "";
	int rc = json_str(j, &name, err);

	if (strcmp(name, datapath_kernel.name) == 0 || strcmp(name, datapath_ebpf.name) == 0)
		conf->datapath = name;
	else if (rc == 0 && name[0] && strcmp(name, "auto") != 0)
		return json_refuse(j, CNI_ERR_CONFIG, err,
				   "no such datapath; there are \"auto\" (the default), \"kernel\" "
				   "and \"ebpf\"");
	return rc;
}

static int read_antispoof(struct conf *conf, const struct json *j, struct err *err)
{
	bool is_on = false;
	int rc = json_bool(j, &is_on, err);

	if (rc == 0 && json_present(j))
		conf->antispoof = is_on ? ANTISPOOF_ON : ANTISPOOF_OFF;
	return rc;
}

static int read_link_in_container(struct conf *conf, const struct json *j, struct err *err)
{
	return json_bool(j, &conf->link_in_container, err);
}

static int read_dns(struct conf *conf, const struct json *j, struct err *err)
{
	return cni_dns_parse(j, &conf->dns, err);
}

static int read_prev(struct conf *conf, const struct json *j, struct err *err)
{
	conf->has_prev = json_present(j);
	return cni_result_parse(j, conf->version, &conf->prev, err);
}

/* The keys of a configuration that describe an interface, apart from ipam. */
static const struct key {
	const char *name;
	int (*read)(struct conf *conf, const struct json *j, struct err *err);
} keys[] = {
	{ "master", read_master },
	{ "vlan", read_vlan },
	{ "mode", read_mode },
	{ "mtu", read_mtu },
	{ "linkInContainer", read_link_in_container },
	{ "flags", read_flags },
	{ "datapath", read_datapath },
	{ "dns", read_dns },
	{ "prevResult", read_prev },
	{ "antiSpoof", read_antispoof },
};

static int read_keys(struct conf *conf, const struct json *root, struct err *err)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct json j = json_get(root, keys[i].name);
		int rc = keys[i].read(conf, &j, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_version(struct conf *conf, const struct json *root, struct err *err)
{
	struct json j = json_get(root, "cniVersion");
	int rc = json_str(&j, &conf->version_text, err);

	return rc < 0 ? rc : cni_version_parse(conf->version_text, &conf->version, err);
}

static int read_name(struct conf *conf, const struct json *root, struct err *err)
{
	struct json j = json_get(root, "name");
	int rc = json_str(&j, &conf->name, err);

	if (rc < 0)
		return rc;
	if (!conf->name || !conf->name[0])
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "name: missing; a network needs a name");
	if (!cni_id_is_valid(conf->name))
		return json_refuse(
			&j, CNI_ERR_CONFIG, err,
			"a network name is letters, digits, \"_\", \".\" and \"-\", and begins "
			"with a letter or digit");
	return 0;
}

/* GC: runtimes send the list under either name, the second by an old slip of theirs. */
static int read_valid(struct conf *conf, const struct json *root, struct err *err)
{
	struct json list = json_get(root, "cni.dev/valid-attachments");
	size_t count = 0;
	int rc;

	if (!json_present(&list))
		list = json_get(root, "cni.dev/attachments");
	rc = json_array(&list, &count, err);
	if (rc == 0 && !json_present(&list))
		return err_set(
			err, CNI_ERR_CONFIG, -EINVAL,
			"cni.dev/valid-attachments: missing; GC needs the list of what lives");
	conf->valid = mem_new(count, sizeof(*conf->valid));
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json item = json_at(&list, i);
		struct json id = json_get(&item, "containerID"), ifname = json_get(&item, "ifname");
		struct owner *o = &conf->valid[i];

		o->container_id = "";
		o->ifname = "";
		rc = json_object(&item, err);
		if (rc == 0)
			rc = json_str(&id, &o->container_id, err);
		if (rc == 0)
			rc = json_str(&ifname, &o->ifname, err);
		conf->n_valid++;
	}
	return rc;
}

/* What describes an interface: the configuration, the runtime. */
static int read_interface(struct conf *conf, const struct json *root, const struct cni_env *env,
			  struct err *err)
{
	int rc = read_keys(conf, root, err);

	if (rc == 0)
		rc = conf_detect_parse(conf, root, err);
	return rc < 0 ? rc : conf_runtime_parse(conf, root, env->args, err);
}

/* What cannot be logged is no reason to leave something behind. */
static int read_log(struct conf *conf, const struct json *root, const struct cni_env *env,
		    struct err *err)
{
	bool is_way_back = env->verb == CNI_DEL || env->verb == CNI_GC;
	int rc = conf_log_parse(conf, root, is_way_back ? NULL : err);

	return is_way_back ? 0 : rc;
}

static int parse(struct conf *conf, const char *text, size_t len, const struct cni_env *env,
		 bool is_ipam, struct err *err)
{
	struct json root;
	int rc;

	*conf = (struct conf){ .ipam.is_ours = is_ipam };
	rc = json_parse(text, len, "network configuration", &conf->doc, err);
	if (rc < 0)
		return rc;
	root = json_root(conf->doc);
	rc = read_version(conf, &root, err);
	if (rc == 0)
		rc = read_name(conf, &root, err);
	if (rc == 0)
		rc = read_log(conf, &root, env, err);
	if (rc == 0 && env->verb == CNI_GC)
		rc = read_valid(conf, &root, err);
	if (rc == 0 && !is_ipam && env->verb != CNI_GC && env->verb != CNI_DEL)
		rc = read_interface(conf, &root, env, err);
	if (rc == 0 && env->verb != CNI_GC && env->verb != CNI_DEL)
		rc = conf_pod_parse(conf, &root, err);
	return rc < 0 ? rc : conf_ipam_parse(conf, &root, env, err);
}

int conf_parse(struct conf *conf, const char *text, size_t len, const struct cni_env *env,
	       struct err *err)
{
	return parse(conf, text, len, env, false, err);
}

int conf_parse_ipam(struct conf *conf, const char *text, size_t len, const struct cni_env *env,
		    struct err *err)
{
	return parse(conf, text, len, env, true, err);
}

void conf_free(struct conf *conf)
{
	conf_ipam_free(&conf->ipam);
	conf_pod_free(&conf->pod);
	cni_dns_free(&conf->dns);
	cni_result_free(&conf->prev);
	cni_args_free(&conf->args);
	free(conf->masters);
	free(conf->valid);
	cJSON_Delete(conf->doc);
	*conf = (struct conf){ 0 };
}
