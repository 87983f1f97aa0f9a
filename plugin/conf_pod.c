// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a pod may set of its own interface: by its annotations, which containerd and CRI-O hand over
 * (capability io.kubernetes.cri.pod-annotations), and by args.cni, where Multus puts what the pod
 * asks of this network. Only what "podSettings" of the configuration names is read, and nothing of
 * the pod's is ever used as a key of the configuration.
 *
 * An annotation goes to all networks of the pod: one that is not allowed here is left out, with a
 * word in the log. args.cni is for this network alone: what is not allowed there is refused.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "plugin/conf.h"

#define ANNOTATIONS "io.kubernetes.cri.pod-annotations"
#define IFNAME_MARK ".IFNAME." /* what stands for the pod's interface in the name of a sysctl */
#define BLANKS	    " \t"

/* ---- values, as JSON (args.cni) or as text (annotations) ------------------------------------- */

static int read_ips(struct conf *conf, const struct json *j, struct err *err)
{
	struct wishes *w = &conf->pod.ips;
	const char *text = NULL;
	char what[64];
	int rc = json_str(j, &text, err);

	snprintf(what, sizeof(what), "%s: ", j->key);
	return rc < 0 ? rc : wishes_add_text(w, text, CNI_ERR_CONFIG, what, err);
}

static int read_pool(struct conf *conf, const struct json *j, struct err *err)
{
	return json_str(j, &conf->pod.pool, err);
}

static int read_mtu(struct conf *conf, const struct json *j, struct err *err)
{
	const char *text = NULL;
	int64_t mtu = 0;
	char *end;

	if (cJSON_IsString(j->node)) {
		json_str(j, &text, err);
		mtu = strtoll(text, &end, 10);
		if (text[strspn(text, "0123456789")] || !*text)
			mtu = 0;
	} else if (json_int(j, MTU_MIN, MTU_MAX, &mtu, err) < 0) {
		return -EINVAL;
	}
	if (mtu < MTU_MIN || mtu > MTU_MAX)
		return json_refuse(j, CNI_ERR_CONFIG, err, "expected an MTU of %d to %d bytes",
				   MTU_MIN, MTU_MAX);
	conf->mtu = (uint32_t)mtu;
	conf->mtu_source = j->key;
	return 0;
}

/* "10.9.0.0/16" or "10.9.0.0/16 via 10.1.0.7" */
static bool parse_route(char *text, struct cni_route *r)
{
	char *dst = strtok_r(text, BLANKS, &text), *via = strtok_r(NULL, BLANKS, &text);
	char *gw = strtok_r(NULL, BLANKS, &text);

	*r = (struct cni_route){ .table = -1, .scope = -1 };
	if (!dst || prefix_parse(dst, &r->dst) < 0)
		return false;
	if (!via)
		return true;
	return strcmp(via, "via") == 0 && gw && ip_parse(gw, &r->gw) == 0 &&
	       r->gw.family == r->dst.ip.family && !strtok_r(NULL, BLANKS, &text);
}

static struct cni_route *add_route(struct pod_conf *pod)
{
	pod->routes = mem_resize(pod->routes, pod->n_routes + 1, sizeof(*pod->routes));
	return &pod->routes[pod->n_routes++];
}

static int read_routes(struct conf *conf, const struct json *j, struct err *err)
{
	cleanup_free char *copy = NULL;
	const char *text = NULL;
	char *rest, *item;
	size_t count = 0;
	int rc = 0;

	conf->pod.n_routes = 0;
	if (!cJSON_IsString(j->node)) {
		rc = json_array(j, &count, err);
		for (size_t i = 0; rc == 0 && i < count; i++) {
			struct json route = json_at(j, i);

			rc = cni_route_parse(&route, add_route(&conf->pod), err);
		}
		return rc;
	}
	json_str(j, &text, err);
	rest = copy = mem_str(text);
	while ((item = strsep(&rest, ",")))
		if (!parse_route(item, add_route(&conf->pod)))
			return json_refuse(
				j, CNI_ERR_CONFIG, err,
				"expected routes as \"10.9.0.0/16 via 10.1.0.7, fd09::/64\"");
	return rc;
}

/* ---- sysctls ------------------------------------------------------------------------------- */

/* "net.ipv4.conf.IFNAME.rp_filter": of one interface, so of the pod's. */
static bool parse_sysctl_name(const char *name, struct sysctl *s)
{
	static const char *const groups[][2] = { { "net.ipv4.conf", "ipv4/conf" },
						 { "net.ipv6.conf", "ipv6/conf" },
						 { "net.ipv4.neigh", "ipv4/neigh" },
						 { "net.ipv6.neigh", "ipv6/neigh" } };
	const char *mark = strstr(name, IFNAME_MARK), *key;

	if (!mark)
		return false;
	key = mark + strlen(IFNAME_MARK);
	if (!*key || key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_")] ||
	    strlen(key) >= sizeof(s->key))
		return false;
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (strlen(groups[i][0]) == (size_t)(mark - name) &&
		    strncmp(name, groups[i][0], (size_t)(mark - name)) == 0) {
			s->group = groups[i][1];
			strcpy(s->key, key);
			return true;
		}
	return false;
}

static bool parse_sysctl(const char *name, const char *value, struct sysctl *s)
{
	size_t len = strlen(value);

	if (!parse_sysctl_name(name, s) || !len || len >= sizeof(s->value) ||
	    value[strspn(value, "-0123456789abcdefghijklmnopqrstuvwxyz:")])
		return false;
	strcpy(s->value, value);
	return true;
}

static bool is_allowed(const struct conf *conf, const char *name)
{
	for (const char **a = conf->pod.allowed; a && *a; a++)
		if (strcmp(*a, name) == 0)
			return true;
	return false;
}

/* A sysctl is allowed by its own name. */
static int add_sysctl(struct conf *conf, const struct json *j, const char *name, const char *value,
		      bool is_text, struct err *err)
{
	struct pod_conf *pod = &conf->pod;
	struct sysctl s;

	if (!parse_sysctl(name, value, &s))
		return json_refuse(j, CNI_ERR_CONFIG, err,
				   "expected sysctls as \"net.ipv4.conf.IFNAME.rp_filter=2\"");
	if (!is_allowed(conf, name)) {
		if (!is_text)
			return err_set(err, CNI_ERR_FIELD, -EPERM,
				       "%s: %s: podSettings of the configuration does not name it",
				       j->key, name);
		log_warn("%s: %s is left out: podSettings does not name it", j->key, name);
		return 0;
	}
	pod->sysctls = mem_resize(pod->sysctls, pod->n_sysctls + 1, sizeof(*pod->sysctls));
	pod->sysctls[pod->n_sysctls++] = s;
	return 0;
}

static int read_sysctls(struct conf *conf, const struct json *j, struct err *err)
{
	cleanup_free char *copy = NULL;
	const char *text = NULL;
	char *rest, *item;
	int rc = 0;

	if (!cJSON_IsString(j->node)) {
		const cJSON *node;

		rc = json_object(j, err);
		for (node = rc == 0 ? j->node->child : NULL; rc == 0 && node; node = node->next) {
			const struct json value = { .node = node,
						    .parent = j,
						    .key = node->string };

			rc = json_str(&value, &text, err);
			if (rc == 0)
				rc = add_sysctl(conf, j, node->string, text ? text : "", false,
						err);
		}
		return rc;
	}
	json_str(j, &text, err);
	rest = copy = mem_str(text);
	while (rc == 0 && (item = strsep(&rest, ","))) {
		char *name = strsep(&item, "=");

		rc = add_sysctl(conf, j, name + strspn(name, BLANKS), item ? item : "", true, err);
	}
	return rc;
}

/* ---- which of them ------------------------------------------------------------------------- */

static const struct setting {
	const char *name;
	const char *annotation; /* as messages have it */
	const char *arg;	/* NULL: args.cni has it anyway, by the conventions of CNI */
	int (*read)(struct conf *conf, const struct json *j, struct err *err);
} settings[] = {
	{ "ips", "annotation " POD_PREFIX "ips", NULL, read_ips },
	{ "pool", "annotation " POD_PREFIX "pool", "args.cni.pool", read_pool },
	{ "mtu", "annotation " POD_PREFIX "mtu", "args.cni.mtu", read_mtu },
	{ "routes", "annotation " POD_PREFIX "routes", "args.cni.routes", read_routes },
	{ "sysctls", "annotation " POD_PREFIX "sysctls", "args.cni.sysctls", read_sysctls },
};

#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

static const struct setting *find_setting(const char *name)
{
	for (size_t i = 0; i < N_SETTINGS; i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

static int read_allowed(struct conf *conf, const struct json *list, struct err *err)
{
	int rc = json_strs(list, &conf->pod.allowed, err);
	struct sysctl s;

	for (const char **a = conf->pod.allowed; rc == 0 && a && *a; a++)
		if ((!find_setting(*a) || strcmp(*a, "sysctls") == 0) && !parse_sysctl_name(*a, &s))
			rc = err_set(
				err, CNI_ERR_CONFIG, -EINVAL,
				"podSettings: there is no \"%s\"; there are \"ips\", \"pool\", "
				"\"mtu\", \"routes\", and sysctls by name, such as "
				"\"net.ipv4.conf.IFNAME.rp_filter\"",
				*a);
	return rc;
}

/* Of sysctls each has a name of its own in the list. */
static bool may_set(const struct conf *conf, const struct setting *s)
{
	return s->read == read_sysctls || is_allowed(conf, s->name);
}

static int read_annotations(struct conf *conf, const struct json *map, struct err *err)
{
	const cJSON *node;
	int rc = json_object(map, err);

	for (node = rc == 0 && json_present(map) ? map->node->child : NULL; rc == 0 && node;
	     node = node->next) {
		const struct setting *s;
		struct json j = { .node = node };
		const char *text;

		if (strncmp(node->string, POD_PREFIX, strlen(POD_PREFIX)) != 0)
			continue; /* of no concern to us */
		s = find_setting(node->string + strlen(POD_PREFIX));
		j.key = s ? s->annotation : node->string;
		if (!s || !may_set(conf, s))
			log_warn("annotation %.64s is left out: %s", node->string,
				 s ? "podSettings does not name it" : "there is no such setting");
		else if ((rc = json_str(&j, &text, err)) == 0)
			rc = s->read(conf, &j, err);
	}
	return rc;
}

static int read_args(struct conf *conf, const struct json *cni, struct err *err)
{
	int rc = json_object(cni, err);

	for (size_t i = 0; rc == 0 && i < N_SETTINGS; i++) {
		const struct setting *s = &settings[i];
		struct json found = json_get(cni, s->name);
		struct json j = { .node = found.node, .key = s->arg };

		if (!s->arg || !json_present(&found))
			continue;
		if (!may_set(conf, s))
			return err_set(err, CNI_ERR_FIELD, -EPERM,
				       "%s: podSettings of the configuration does not name it",
				       s->arg);
		rc = s->read(conf, &j, err);
	}
	return rc;
}

int conf_pod_parse(struct conf *conf, const struct json *root, struct err *err)
{
	struct json runtime = json_get(root, "runtimeConfig"), args = json_get(root, "args");
	struct json annotations = json_get(&runtime, ANNOTATIONS), cni = json_get(&args, "cni");
	struct json list = json_get(root, "podSettings");
	int rc = read_allowed(conf, &list, err);

	if (rc == 0)
		rc = read_annotations(conf, &annotations, err);
	return rc < 0 ? rc : read_args(conf, &cni, err); /* the more specific one counts */
}

void conf_pod_free(struct pod_conf *pod)
{
	free(pod->allowed);
	free(pod->routes);
	free(pod->sysctls);
	wishes_free(&pod->ips);
}
