// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/cluster/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pkg/base/file.h"

static int read_endpoints(const struct json *ipam, struct cluster_keys *keys, struct err *err)
{
	struct json list = json_get(ipam, "endpoints");
	int rc = json_strs(&list, &keys->endpoints, err);

	if (rc == 0 && (!keys->endpoints || !keys->endpoints[0]))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "ipam.endpoints: missing; give the URLs of etcd's members "
			       "([\"https://10.0.0.1:2379\"])");
	for (size_t i = 0; rc == 0 && keys->endpoints[i]; i++) {
		struct json item = json_at(&list, i);
		const char *url = keys->endpoints[i];

		if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
			return json_refuse(&item, CNI_ERR_CONFIG, err,
					   "expected a URL, http:// or https://");
	}
	keys->conf.etcd.endpoints = keys->endpoints;
	return rc;
}

/* The name that other nodes know this one by. */
static int read_node(const struct json *ipam, struct cluster_keys *keys, struct err *err)
{
	struct json j = json_get(ipam, "node");
	int rc;

	if (gethostname(keys->host, sizeof(keys->host) - 1) < 0)
		keys->host[0] = '\0';
	keys->conf.node = keys->host;
	rc = json_str(&j, &keys->conf.node, err);
	if (rc == 0 && !cni_id_is_valid(keys->conf.node))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "ipam.node: \"%s\" is no name of a node: letters, digits, \"_\", "
			       "\".\" and \"-\", and it begins with a letter or digit",
			       keys->conf.node);
	return rc;
}

/* Out of the configuration, which many can read, into a file that they cannot. */
static int read_password(const struct json *ipam, struct cluster_keys *keys, struct err *err)
{
	struct json plain = json_get(ipam, "password"), file = json_get(ipam, "passwordFile");
	const char *path = NULL;
	ssize_t len = 0;
	int rc = json_str(&plain, &keys->conf.etcd.password, err);

	if (rc == 0)
		rc = json_str(&file, &path, err);
	if (rc < 0 || !path || !path[0])
		return rc;
	len = file_read(AT_FDCWD, path, keys->password, sizeof(keys->password));
	if (len < 0)
		return err_errno(err, CNI_ERR_CONFIG, (int)len, "ipam.passwordFile: %s", path);
	keys->password[strcspn(keys->password, "\r\n")] = '\0';
	keys->conf.etcd.password = keys->password;
	return 0;
}

static int read_number(const struct json *ipam, const char *name, int64_t min, int64_t max,
		       uint32_t *out, struct err *err)
{
	struct json j = json_get(ipam, name);
	int64_t value = *out;
	int rc = json_int(&j, min, max, &value, err);

	*out = (uint32_t)value;
	return rc;
}

static int read_strings(const struct json *ipam, struct cluster_conf *c, struct err *err)
{
	struct {
		const char *name;
		const char **out;
	} keys[] = {
		{ "prefix", &c->prefix },
		{ "caFile", &c->etcd.identity.ca_file },
		{ "certFile", &c->etcd.identity.cert_file },
		{ "keyFile", &c->etcd.identity.key_file },
		{ "user", &c->etcd.user },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(keys) / sizeof(*keys); i++) {
		struct json j = json_get(ipam, keys[i].name);

		rc = json_str(&j, keys[i].out, err);
		if (*keys[i].out && !(*keys[i].out)[0])
			*keys[i].out = NULL;
	}
	if (!c->prefix)
		c->prefix = CLUSTER_PREFIX;
	if (rc == 0 && (c->prefix[0] != '/' || strlen(c->prefix) > 255))
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "ipam.prefix: expected a path that begins with \"/\", of up to 255 "
			       "bytes (got \"%.40s\")",
			       c->prefix);
	return rc;
}

int cluster_conf_parse(const struct json *root, const struct conf *conf, struct cluster_keys *keys,
		       struct err *err)
{
	struct json ipam = json_get(root, "ipam");
	int rc;

	*keys = (struct cluster_keys){ .conf.data_dir = conf->ipam.data_dir,
				       .conf.etcd.timeout_ms = CLUSTER_TIMEOUT_MS };
	rc = read_endpoints(&ipam, keys, err);
	if (rc == 0)
		rc = read_node(&ipam, keys, err);
	if (rc == 0)
		rc = read_strings(&ipam, &keys->conf, err);
	if (rc == 0)
		rc = read_password(&ipam, keys, err);
	if (rc == 0)
		rc = read_number(&ipam, "timeout", 100, 600000, &keys->conf.etcd.timeout_ms, err);
	return rc < 0 ? rc :
			read_number(&ipam, "nodeTimeout", 0, 30 * 86400, &keys->conf.node_timeout_s,
				    err);
}

void cluster_conf_free(struct cluster_keys *keys)
{
	free(keys->endpoints);
	explicit_bzero(keys->password, sizeof(keys->password));
	keys->endpoints = NULL;
}
