// SPDX-License-Identifier: GPL-2.0-or-later
/* `ipvlan ebpf`: the pods that are attached by eBPF, and what was dropped of theirs and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/cni/json_out.h"
#include "pkg/datapath/ebpf_view.h"
#include "plugin/tool/columns.h"
#include "plugin/tool/networks.h"
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan ebpf [--json]\n"
	"\n"
	"The pods of this netns' masters that are attached by eBPF, and how many of their frames were\n"
	"dropped for which reason. A line without an interface is of frames with no pod to blame.\n";

static const char *mode(const struct ebpf_pod *pod)
{
	return pod->flags & IPVLAN_BPF_L3 ? "l3" : "l2";
}

static const char *flags(const struct ebpf_pod *pod)
{
	return pod->flags & IPVLAN_BPF_PRIVATE ? "private" :
	       pod->flags & IPVLAN_BPF_VEPA    ? "vepa" :
						 "bridge";
}

/* "tx_drop_source 3, tx_drop_mac 1" */
static char *drops(const struct ebpf_pod *pod)
{
	size_t len = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &len);

	for (int i = 0; i < IPVLAN_BPF_DROP_COUNT; i++)
		if (pod->drops[i])
			fprintf(f, "%s%s %llu", ftell(f) ? ", " : "",
				ebpf_drop_name((enum ipvlan_bpf_drop)i),
				(unsigned long long)pod->drops[i]);
	fclose(f);
	return text;
}

static void put_row(const struct ebpf_pod *pod, void *ctx)
{
	struct columns *c = ctx;
	bool is_pod = pod->host_end[0] || pod->is_gone;
	char *text = drops(pod);

	columns_put(c, "%s", pod->master);
	columns_put(c, "%s", pod->is_gone ? "(gone)" : pod->host_end);
	columns_put(c, "%s", is_pod ? mode(pod) : "");
	columns_put(c, "%s", is_pod ? flags(pod) : "");
	columns_put(c, "%s", is_pod ? (pod->flags & IPVLAN_BPF_ANTISPOOF ? "on" : "off") : "");
	columns_put(c, "%s", pod->identity);
	columns_put(c, "%s", text);
	free(text);
}

static void put_json(const struct ebpf_pod *pod, void *ctx)
{
	struct json_out *out = ctx;

	json_out_object(out, NULL);
	json_out_str(out, "master", pod->master);
	if (pod->host_end[0] || pod->is_gone) {
		json_out_str(out, "interface", pod->host_end);
		json_out_str(out, "identity", pod->identity);
		json_out_str(out, "mode", mode(pod));
		json_out_str(out, "flags", flags(pod));
		json_out_bool(out, "antiSpoof", pod->flags & IPVLAN_BPF_ANTISPOOF);
		json_out_bool(out, "gone", pod->is_gone);
	}
	json_out_object(out, "drops");
	for (int i = 0; i < IPVLAN_BPF_DROP_COUNT; i++)
		json_out_int(out, ebpf_drop_name((enum ipvlan_bpf_drop)i), (int64_t)pod->drops[i]);
	json_out_end(out);
	json_out_end(out);
}

static int print_json(struct node *n, struct err *err)
{
	struct json_out out;
	int rc;

	json_out_open(&out);
	json_out_array(&out, "pods");
	rc = ebpf_view(&n->home, put_json, &out, err);
	json_out_end(&out);
	json_out_print(&out);
	return rc;
}

static int print_table(struct node *n, struct err *err)
{
	static const char *const heads[] = { "MASTER",	  "INTERFACE", "MODE",	"FLAGS",
					     "ANTISPOOF", "POD",       "DROPS", NULL };
	struct columns c;
	int rc;

	columns_open(&c, heads);
	rc = ebpf_view(&n->home, put_row, &c, err);
	columns_print(&c);
	return rc;
}

static int show(const struct tool_options *o, struct node *n)
{
	struct err err = { 0 };

	if ((o->is_json ? print_json(n, &err) : print_table(n, &err)) == 0)
		return 0;
	log_warn("%s", err.msg);
	return 1;
}

const struct tool tool_ebpf = {
	.name = "ebpf",
	.summary = "pods by eBPF, and what was dropped",
	.usage = usage,
	.act = show,
};
