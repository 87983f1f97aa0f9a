// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/env.h"

#include <errno.h>

#include "test/unit/test.h"

static void arguments_are_read_as_runtimes_send_them(void)
{
	static const struct {
		const char *text, *ip, *gateway, *mac;
	} rows[] = {
		{ "", NULL, NULL, NULL },
		{ "IP=10.0.0.5", "10.0.0.5", NULL, NULL },
		{ "IP=10.0.0.5/24,2001:db8::5/64;GATEWAY=10.0.0.1", "10.0.0.5/24,2001:db8::5/64",
		  "10.0.0.1", NULL },
		{ "IP=", NULL, NULL, NULL },
		{ "IP=10.0.0.5;IP=10.0.0.6", "10.0.0.6", NULL, NULL },
		{ "IP=10.0.0.5;IP=", NULL, NULL, NULL },
		/* containerd: the order varies */
		{ "K8S_POD_NAME=p;K8S_POD_NAMESPACE=n;K8S_POD_INFRA_CONTAINER_ID=c;K8S_POD_UID=u;"
		  "IgnoreUnknown=1",
		  NULL, NULL, NULL },
		{ "IgnoreUnknown=1;K8S_POD_NAMESPACE=n;K8S_POD_NAME=p", NULL, NULL, NULL },
		/* podman */
		{ "IgnoreUnknown=1;K8S_POD_NAME=p;MAC=02:00:00:00:00:01;IP=10.0.0.7", "10.0.0.7",
		  NULL, "02:00:00:00:00:01" },
		{ "K8S_ANYTHING=", NULL, NULL, NULL },
		{ "other=1;IP=10.0.0.5;IgnoreUnknown=true", "10.0.0.5", NULL, NULL },
		{ "IgnoreUnknown=TRUE;ip=10.0.0.5", NULL, NULL, NULL },
		{ "IgnoreUnknown=0;IP=10.0.0.5", "10.0.0.5", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cni_args args = { .ip = "stale" };
		struct err err = { 0 };

		is_int(cni_args_parse(rows[i].text, &args, &err), 0, "\"%s\"", rows[i].text);
		is_str(args.ip, rows[i].ip, "IP");
		is_str(args.gateway, rows[i].gateway, "GATEWAY");
		is_str(args.mac, rows[i].mac, "MAC");
		is_int(err.code, 0, "no error");
		cni_args_free(&args);
		is_true(!args.buf && !args.ip, "nothing is left");
	}
}

static void wrong_arguments_are_refused_and_named(void)
{
	static const struct {
		const char *text, *msg;
	} rows[] = {
		{ "IP", "CNI_ARGS: \"IP\" is not KEY=VALUE" },
		{ "IP=10.0.0.5;", "CNI_ARGS: \"\" is not KEY=VALUE" },
		{ ";", "CNI_ARGS: \"\" is not KEY=VALUE" },
		{ "IP=10.0.0.5;;MAC=x", "CNI_ARGS: \"\" is not KEY=VALUE" },
		{ "IP=a=b", "CNI_ARGS: \"IP=a=b\" is not KEY=VALUE" },
		{ "IgnoreUnknown=1;IP", "CNI_ARGS: \"IP\" is not KEY=VALUE" },
		{ "FOO=1", "CNI_ARGS: unknown key \"FOO\"" },
		{ "FOO=1;BAR=2", "CNI_ARGS: unknown key \"FOO\"" },
		{ "FOO=1;IgnoreUnknown=0", "CNI_ARGS: unknown key \"FOO\"" },
		{ "IgnoreUnknown=1;FOO=1;IgnoreUnknown=false", "CNI_ARGS: unknown key \"FOO\"" },
		{ "k8s_pod=x", "CNI_ARGS: unknown key \"k8s_pod\"" },
		{ "=x", "CNI_ARGS: unknown key \"\"" },
		{ "IgnoreUnknown=maybe",
		  "CNI_ARGS: IgnoreUnknown is \"maybe\", expected 1, true, 0 or false" },
		{ "IgnoreUnknown=",
		  "CNI_ARGS: IgnoreUnknown is \"\", expected 1, true, 0 or false" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cni_args args = { .ip = "stale" };
		struct err err = { 0 };

		is_int(cni_args_parse(rows[i].text, &args, &err), -EINVAL, "\"%s\"", rows[i].text);
		is_str(err.msg, rows[i].msg, "says what is wrong");
		is_int(err.code, CNI_ERR_ENV, "with code 4");
		is_true(!args.buf && !args.ip, "and gives nothing");
	}
}

int main(void)
{
	arguments_are_read_as_runtimes_send_them();
	wrong_arguments_are_refused_and_named();
	return test_done();
}
