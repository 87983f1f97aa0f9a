// SPDX-License-Identifier: GPL-2.0-or-later
/* `ipvlan explain`: what ADD would do with a configuration on this node, and why. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/cni/json_out.h"
#include "plugin/choice.h"
#include "plugin/master.h"
#include "plugin/steps.h"
#include "plugin/tool/confs.h"
#include "plugin/tool/fullness.h"
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan explain [--json] [FILE] < CONFIGURATION\n"
	"\n"
	"What ADD would do with this configuration on this node, and why: which master, which\n"
	"datapath, which addresses, which routes; and whether it could be done now. Nothing is made,\n"
	"nothing is reserved. A list explains its first plugin of type ipvlan. What the runtime adds\n"
	"can be said as it says it: CNI_ARGS in the environment, runtimeConfig and args as keys.\n"
	"\n"
	"  ipvlan explain < /etc/cni/net.d/10-lan.conflist\n"
	"\n"
	"Exit status: 0 ADD would succeed, 1 it would be refused, 2 usage.\n";

/* A fact about the attachment to be; why may be "". */
struct line {
	char *what, *value, *why;
};

struct story {
	struct line *v;
	size_t count;
};

__attribute__((format(printf, 4, 5))) static void tell(struct story *s, const char *what,
						       const char *why, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->v = mem_resize(s->v, s->count + 1, sizeof(*s->v));
	s->v[s->count++] = (struct line){ mem_str(what), mem_str(text), mem_str(why) };
}

/* ---- the interface -------------------------------------------------------------------------- */

static void tell_master(struct story *s, const struct attach *a)
{
	const struct conf *conf = a->conf;
	char words[256], why[320];

	if (conf->link_in_container) {
		tell(s, "master", "linkInContainer: it is looked for in the container's netns",
		     "%s", conf->masters ? conf->masters[0] : "that of its default route");
		return;
	}
	if (conf->masters)
		snprintf(why, sizeof(why), "\"master\" is %s",
			 master_words(conf, words, sizeof(words)));
	else
		snprintf(why, sizeof(why), "no \"master\": that of the default route");
	tell(s, "master", why, "%s, %s, MTU %u", a->master.name,
	     a->master.flags & IFF_UP ? "up" : "down", a->master.mtu);
	if (conf->vlan)
		tell(s, "vlan", "a sub-interface, made if it is not there", "%u", conf->vlan);
}

/* What ADD would try, in its order; the one that can. */
static void tell_datapath(struct story *s, struct attach *a)
{
	struct err why = { 0 };

	if (choice_probe(a, &why) < 0)
		tell(s, "datapath", why.details, "none: %s", why.msg);
	else if (a->conf->datapath)
		tell(s, "datapath", "\"datapath\" says so", "%s", a->datapath->name);
	else if (a->datapath == &datapath_ebpf)
		tell(s, "datapath",
		     "no ipvlan link can be made on this master, or its pods are by eBPF", "%s",
		     a->datapath->name);
	else
		tell(s, "datapath", "an ipvlan link can be made on this master", "%s",
		     a->datapath->name);
}

static void tell_interface(struct story *s, struct attach *a)
{
	const struct conf *conf = a->conf;
	struct datapath_spec spec;

	tell_master(s, a);
	if (conf->vlan)
		step_vlan.ready(a, NULL); /* what is there of it, or will be */
	if (!conf->link_in_container)
		tell_datapath(s, a);
	spec = attach_spec(a);
	tell(s, "mode", "", "%s, %s", datapath_mode_name(conf->mode),
	     datapath_flags_name(conf->flags));
	tell(s, "antiSpoof", conf->antispoof == ANTISPOOF_DEFAULT ? "the datapath's default" : "",
	     "%s", spec.is_locked ? "on" : "off");
	if (!conf->link_in_container)
		tell(s, "mtu", conf->mtu ? conf->mtu_source : "the master's", "%u",
		     conf->mtu ?: a->master.mtu);
}

/* ---- the addresses -------------------------------------------------------------------------- */

static void tell_pool(const struct fullness *f, void *ctx)
{
	char first[IP_STR_MAX], last[IP_STR_MAX], gw[IP_STR_MAX], size[32], left[32];

	tell(ctx, "addresses", f->set ? "one of each set of ranges" : "",
	     "%s-%s (%s, %s free), gateway %s", ip_format(&f->range->start, first),
	     ip_format(&f->range->end, last), fullness_number(f->size, size),
	     fullness_number(fullness_free(f), left), ip_format(&f->range->gateway, gw));
}

static void tell_local(struct story *s, const struct conf *conf, struct node *n)
{
	const struct tool_options o = { .data_dir = conf->ipam.data_dir, .network = conf->name };
	char text[IP_STR_MAX];
	struct listing all = { 0 };
	struct err err = { 0 };
	struct store *store = NULL;

	/* A network without a directory has no reservation yet. */
	if (store_dir_open(o.data_dir, conf->name, false, &store, &err) < 0)
		log_warn("%s", err.msg);
	if (store) {
		store->terms = (struct terms){ .is_gone = lifetime_is_over, .ctx = &n->lifetime };
		networks_read(store, conf->name, &all);
		store->ops->close(store);
	}
	fullness_each(conf, &all, tell_pool, s);
	for (size_t i = 0; i < conf->ipam.n_requested; i++)
		tell(s, "address", "asked for", "%s", ip_format(&conf->ipam.requested[i], text));
	networks_forget(&all);
}

static void tell_addresses(struct story *s, const struct conf *conf, struct node *n)
{
	char text[PREFIX_STR_MAX];

	switch (conf->ipam.kind) {
	case IPAM_NONE:
		tell(s, "addresses", "no \"ipam\"", "none, or those of prevResult");
		break;
	case IPAM_DELEGATE:
		tell(s, "addresses", "\"ipam.type\": it is run, and knows more", "of %s",
		     conf->ipam.type);
		break;
	case IPAM_STATIC:
		for (size_t i = 0; i < conf->ipam.n_addresses; i++)
			tell(s, "address", "static", "%s",
			     prefix_format(&conf->ipam.addresses[i].address, text));
		break;
	default:
		tell_local(s, conf, n);
	}
}

static void tell_route(struct story *s, const struct cni_route *r, const char *why)
{
	char dst[PREFIX_STR_MAX], gw[IP_STR_MAX];

	tell(s, "route", why, "%s%s%s", prefix_format(&r->dst, dst),
	     ip_is_set(&r->gw) ? " via " : " by the range's gateway",
	     ip_is_set(&r->gw) ? ip_format(&r->gw, gw) : "");
}

static void tell_routes(struct story *s, const struct conf *conf)
{
	for (size_t i = 0; i < conf->ipam.n_routes; i++)
		tell_route(s, &conf->ipam.routes[i], "");
	for (size_t i = 0; i < conf->pod.n_routes; i++)
		tell_route(s, &conf->pod.routes[i], "asked for by the pod");
}

static void tell_others(struct story *s, const struct conf *conf)
{
	static const char *const dads[] = {
		[DAD_OPTIMISTIC] = "optimistic", [DAD_OFF] = "off", [DAD_WAIT] = "wait"
	};

	if (conf->mode == IPVLAN_MODE_L2)
		tell(s, "dad", "what is done about other hosts that have an address", "%s",
		     dads[conf->dad]);
	tell(s, "announce", "", "%s", conf->is_announced ? "yes" : "no");
	for (size_t i = 0; i < conf->pod.n_sysctls; i++)
		tell(s, "sysctl", "asked for by the pod", "net/%s/IFNAME/%s=%s",
		     conf->pod.sysctls[i].group, conf->pod.sysctls[i].key,
		     conf->pod.sysctls[i].value);
}

/* ---- what is asked -------------------------------------------------------------------------- */

/* That of STATUS, which needs no container; what the runtime says of the pod counts. */
static struct cni_env environment(void)
{
	return (struct cni_env){ .verb = CNI_STATUS,
				 .container_id = "explain",
				 .ifname = "eth0",
				 .netns = "",
				 .args = getenv("CNI_ARGS") ?: "",
				 .path = getenv("CNI_PATH") ?: "/opt/cni/bin" };
}

/* Of a list its first plugin that is ours, as a runtime would hand it over. */
static int read_conf(const struct tool_options *o, char **text, struct err *err)
{
	struct json root, plugins, plugin;
	cJSON *doc = NULL;
	size_t count = 0;
	int rc = options_document(o, &doc, err);

	if (rc < 0)
		return rc;
	root = json_root(doc);
	plugins = json_get(&root, "plugins");
	rc = json_array(&plugins, &count, err);
	plugin = root;
	for (size_t i = count; rc == 0 && i-- > 0;) {
		struct json one = json_at(&plugins, i);

		if (confs_is_ours(&one))
			plugin = one;
	}
	if (rc == 0 && json_present(&plugins) && plugin.node == root.node)
		rc = err_set(err, CNI_ERR_CONFIG, -EINVAL,
			     "plugins: none of the list is of type \"ipvlan\"");
	if (rc == 0)
		*text = confs_merge(&root, &plugin);
	cJSON_Delete(doc);
	return rc;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void print_text(const struct story *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct line *l = &s->v[i];

		printf("%-10s %s%s%s%s\n", l->what, l->value, l->why[0] ? "  (" : "", l->why,
		       l->why[0] ? ")" : "");
	}
}

static void print_json(const struct story *s, bool would_succeed)
{
	struct json_out out;

	json_out_open(&out);
	json_out_bool(&out, "wouldSucceed", would_succeed);
	json_out_array(&out, "story");
	for (size_t i = 0; i < s->count; i++) {
		json_out_object(&out, NULL);
		json_out_str(&out, "what", s->v[i].what);
		json_out_str(&out, "value", s->v[i].value);
		if (s->v[i].why[0])
			json_out_str(&out, "why", s->v[i].why);
		json_out_end(&out);
	}
	json_out_end(&out);
	json_out_print(&out);
}

static void forget(struct story *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->v[i].what);
		free(s->v[i].value);
		free(s->v[i].why);
	}
	free(s->v);
}

/* The very steps of ADD look; what they need of a container is not there, and not asked for. */
static bool tell_all(struct story *s, const struct conf *conf, const char *text, struct node *n)
{
	const struct cni_env env = environment();
	struct err err = { 0 };
	struct attach a;
	int rc = attach_open(&a, conf, &env, &err);

	if (rc < 0) {
		tell(s, "ADD", "", "would be refused: %s", err.msg);
		return false;
	}
	a.request = text;
	a.request_len = strlen(text);
	tell(s, "network", "", "%s", conf->name);
	rc = conf->link_in_container ? 0 : step_master.apply(&a, &err);
	if (rc == 0) {
		tell_interface(s, &a);
		tell_addresses(s, conf, n);
		tell_routes(s, conf);
		tell_others(s, conf);
		rc = steps_ready(&a, &err);
	}
	attach_close(&a);
	if (rc == 0)
		tell(s, "ADD", "", "would succeed now");
	else
		tell(s, "ADD", err.details, "would be refused now: %s", err.msg);
	return rc == 0;
}

static int explain(const struct tool_options *o, struct node *n)
{
	struct story s = { 0 };
	struct err err = { 0 };
	struct conf conf = { 0 };
	const struct cni_env env = environment();
	char *text = NULL;
	bool would_succeed = false;
	int rc = read_conf(o, &text, &err);

	if (rc == 0)
		rc = conf_parse(&conf, text, strlen(text), &env, &err);
	if (rc == 0)
		would_succeed = tell_all(&s, &conf, text, n);
	else
		tell(&s, "ADD", err.details, "would be refused: %s (code %d)", err.msg, err.code);
	if (o->is_json)
		print_json(&s, would_succeed);
	else
		print_text(&s);
	forget(&s);
	conf_free(&conf);
	free(text);
	return would_succeed ? 0 : 1;
}

const struct tool tool_explain = {
	.name = "explain",
	.summary = "what ADD would do with a configuration, and why",
	.usage = usage,
	.act = explain,
};
