// SPDX-License-Identifier: GPL-2.0-or-later
/* `ipvlan show ID`: all that is known of an attachment. */
#include "plugin/tool/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/log.h"
#include "pkg/cni/json_out.h"
#include "pkg/datapath/ebpf_view.h"
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan show ID... [--network NAME] [--data-dir DIR] [--json]\n"
	"\n"
	"All that is known of an attachment. ID is the beginning of a container's id, a pod's name\n"
	"(\"web-0\", \"default/web-0\") or an address; each attachment that it means is shown:\n"
	"\n"
	"  ipvlan show 7f3c9e\n"
	"  ipvlan show default/web-0 --json\n"
	"  ipvlan show 10.1.0.100\n";

static const char *antispoof_of(const struct attachment *a)
{
	bool is_on = a->is_by_ebpf ? a->ebpf_flags & IPVLAN_BPF_ANTISPOOF : a->slave.is_locked;

	return is_on ? "on" : "off";
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void put_more(struct json_out *out, const struct attachment *a)
{
	char mac[32 * 3];

	json_out_str(out, "mac", link_mac_format(&a->slave, mac));
	json_out_int(out, "mtu", a->slave.mtu);
	json_out_bool(out, "up", a->slave.flags & IFF_UP);
	json_out_bool(out, "antiSpoof", strcmp(antispoof_of(a), "on") == 0);
	json_out_object(out, "drops");
	for (int i = 0; i < IPVLAN_BPF_DROP_COUNT; i++)
		if (a->drops[i])
			json_out_int(out, ebpf_drop_name((enum ipvlan_bpf_drop)i),
				     (int64_t)a->drops[i]);
	json_out_end(out);
}

void show_put_json(struct json_out *out, const struct attachments *all, const struct attachment *a,
		   bool is_whole)
{
	char time[TIME_TEXT_MAX], address[IP_STR_MAX];

	json_out_object(out, NULL);
	json_out_str(out, "network", a->network);
	json_out_str(out, "containerID", a->container_id);
	json_out_str(out, "ifname", a->ifname);
	json_out_str(out, "podNamespace", a->first ? a->first->facts.pod_namespace : "");
	json_out_str(out, "podName", a->first ? a->first->facts.pod_name : "");
	json_out_str(out, "netns", a->first ? a->first->facts.netns : "");
	json_out_str(out, "master", a->master);
	json_out_str(out, "mode", a->mode);
	json_out_str(out, "datapath", a->datapath);
	json_out_array(out, "addresses");
	for (size_t i = 0; i < all->reservations.count; i++)
		if (attachment_holds(a, &all->reservations.v[i]))
			json_out_str(out, NULL, ip_format(&all->reservations.v[i].ip, address));
	json_out_end(out);
	json_out_str(out, "since", networks_time(a->first ? a->first->since_s : 0, true, time));
	json_out_int(out, "rxBytes", (int64_t)a->slave.rx_bytes);
	json_out_int(out, "txBytes", (int64_t)a->slave.tx_bytes);
	json_out_int(out, "rxPackets", (int64_t)a->slave.rx_packets);
	json_out_int(out, "txPackets", (int64_t)a->slave.tx_packets);
	if (is_whole)
		put_more(out, a);
	json_out_end(out);
}

/* ---- text ----------------------------------------------------------------------------------- */

static void print_line(const char *what, const char *text)
{
	printf("  %-11s%s\n", what, text[0] ? text : "-");
}

static void print_drops(const struct attachment *a)
{
	for (int i = 0; i < IPVLAN_BPF_DROP_COUNT; i++)
		if (a->drops[i])
			printf("  %-11s%s %" PRIu64 "\n", "dropped",
			       ebpf_drop_name((enum ipvlan_bpf_drop)i), a->drops[i]);
}

static void print_text(const struct attachments *all, const struct attachment *a)
{
	char *addresses = attachment_addresses(all, a);
	char time[TIME_TEXT_MAX], mac[32 * 3], pod[POD_TEXT_MAX];

	printf("%s of container %s in network %s\n", a->ifname, a->container_id, a->network);
	print_line("pod", attachment_pod(a, pod));
	print_line("netns", a->first ? a->first->facts.netns : "");
	print_line("since", networks_time(a->first ? a->first->since_s : 0, false, time));
	print_line("addresses", addresses);
	print_line("master", a->master);
	printf("  %-11s%s, %s\n", "mode", a->mode[0] ? a->mode : "-", a->datapath);
	print_line("antiSpoof", antispoof_of(a));
	printf("  %-11s%s, %s, MTU %u\n", "interface", a->slave.flags & IFF_UP ? "up" : "down",
	       link_mac_format(&a->slave, mac), a->slave.mtu);
	printf("  %-11s%" PRIu64 " bytes, %" PRIu64 " packets\n", "received", a->slave.rx_bytes,
	       a->slave.rx_packets);
	printf("  %-11s%" PRIu64 " bytes, %" PRIu64 " packets\n", "sent", a->slave.tx_bytes,
	       a->slave.tx_packets);
	print_drops(a);
	free(addresses);
}

/* ---- which ---------------------------------------------------------------------------------- */

static bool has_address(const struct attachments *all, const struct attachment *a,
			const struct ip *ip)
{
	for (size_t i = 0; i < all->reservations.count; i++)
		if (ip_cmp(&all->reservations.v[i].ip, ip) == 0 &&
		    attachment_holds(a, &all->reservations.v[i]))
			return true;
	return false;
}

static bool is_meant(const struct attachments *all, const struct attachment *a, const char *id)
{
	char pod[POD_TEXT_MAX];
	struct ip ip;

	if (ip_parse(id, &ip) == 0)
		return has_address(all, a, &ip);
	return strncmp(a->container_id, id, strlen(id)) == 0 ||
	       strcmp(attachment_pod(a, pod), id) == 0 ||
	       (a->first && strcmp(a->first->facts.pod_name, id) == 0);
}

static bool show_one(const struct attachments *all, const char *id, struct json_out *out)
{
	bool is_found = false;

	for (size_t i = 0; i < all->count; i++) {
		if (!is_meant(all, &all->v[i], id))
			continue;
		is_found = true;
		if (out)
			show_put_json(out, all, &all->v[i], true);
		else
			print_text(all, &all->v[i]);
	}
	if (!is_found)
		log_warn("%s: no attachment of this node has that container id, pod or address",
			 id);
	return is_found;
}

static bool show_all(const struct tool_options *o, const struct attachments *all)
{
	struct json_out out;
	bool is_found = true;

	if (o->is_json) {
		json_out_open(&out);
		json_out_array(&out, "attachments");
	}
	for (int i = 0; i < o->n_args; i++)
		is_found &= show_one(all, o->args[i], o->is_json ? &out : NULL);
	if (o->is_json) {
		json_out_end(&out);
		json_out_print(&out);
	}
	return is_found;
}

static int show(const struct tool_options *o, struct node *n)
{
	struct attachments all;
	struct err err = { 0 };
	int status = 1;

	if (!o->n_args) {
		fputs(usage, stderr);
		return 2;
	}
	if (attachments_read(o, n, &all, &err) < 0)
		log_warn("%s", err.msg);
	else
		status = show_all(o, &all) && all.is_whole ? 0 : 1;
	attachments_free(&all);
	return status;
}

const struct tool tool_show = {
	.name = "show",
	.summary = "all of one attachment: by container, pod or address",
	.usage = usage,
	.act = show,
};
