// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ipvlan metrics`: what Prometheus wants to know, in its text format (exposition format 0.0.4), on
 * stdout or, whole at each instant, in a file for node_exporter's textfile collector.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/file.h"
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/datapath/ebpf_view.h"
#include "plugin/tally.h"
#include "plugin/tool/attachments.h"
#include "plugin/tool/confs.h"
#include "plugin/tool/fullness.h"
#include "plugin/tool/tool.h"

static const char usage[] =
	"usage: ipvlan metrics [--network NAME] [--conf-dir DIR] [--data-dir DIR] [FILE]\n"
	"\n"
	"Prometheus text: how often each verb ran, how it ended and how long it took; how full each range\n"
	"is; what each attachment received and sent; what eBPF dropped and why. Verbs are counted from the\n"
	"first call of `ipvlan metrics` in a boot on. With FILE it is written there, whole at each instant:\n"
	"\n"
	"  ipvlan metrics /var/lib/prometheus/node-exporter/ipvlan.prom\n";

/* ---- the format ------------------------------------------------------------------------------ */

static void begin(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP ipvlan_%s %s\n# TYPE ipvlan_%s %s\n", name, help, name, type);
}

/* A label's value: backslash, quote and line end are escaped. */
static void put_label(FILE *f, const char *before, const char *name, const char *value)
{
	fprintf(f, "%s%s=\"", before, name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', f);
		if (*value == '\n')
			fputs("\\n", f);
		else
			fputc(*value, f);
	}
	fputc('"', f);
}

/* ---- verbs ----------------------------------------------------------------------------------- */

static void put_ended(FILE *f, const struct tally *t)
{
	begin(f, "commands_total", "counter", "CNI commands by verb and error code (0: success).");
	for (size_t v = 0; v < CNI_VERBS; v++)
		for (size_t code = 0; code < TALLY_CODES; code++)
			if (t->ended[v][code] || !code)
				fprintf(f,
					"ipvlan_commands_total{verb=\"%s\",code=\"%zu\"} %" PRIu64
					"\n",
					cni_verb_name((enum cni_verb)v), code, t->ended[v][code]);
}

static uint64_t count_of(const struct tally *t, size_t verb)
{
	uint64_t count = 0;

	for (size_t code = 0; code < TALLY_CODES; code++)
		count += t->ended[verb][code];
	return count;
}

static void put_durations(FILE *f, const struct tally *t)
{
	static const char name[] = "ipvlan_command_duration_seconds";

	begin(f, "command_duration_seconds", "histogram", "How long CNI commands took.");
	for (size_t v = 0; v < CNI_VERBS; v++) {
		const char *verb = cni_verb_name((enum cni_verb)v);
		uint64_t up_to = 0;

		for (size_t b = 0; b < TALLY_BUCKETS; b++) {
			up_to += t->within[v][b];
			fprintf(f, "%s_bucket{verb=\"%s\",le=\"%g\"} %" PRIu64 "\n", name, verb,
				tally_bucket_us[b] / 1e6, up_to);
		}
		fprintf(f, "%s_bucket{verb=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, verb,
			count_of(t, v));
		fprintf(f, "%s_sum{verb=\"%s\"} %.9f\n", name, verb, (double)t->took_ns[v] / 1e9);
		fprintf(f, "%s_count{verb=\"%s\"} %" PRIu64 "\n", name, verb, count_of(t, v));
	}
}

/* ---- addresses ------------------------------------------------------------------------------- */

struct pools {
	FILE *f;
	const struct listing *all;
};

static void put_state(FILE *f, const struct fullness *p, const char *state, double n)
{
	char first[IP_STR_MAX], last[IP_STR_MAX], range[2 * IP_STR_MAX];

	snprintf(range, sizeof(range), "%s-%s", ip_format(&p->range->start, first),
		 ip_format(&p->range->end, last));
	put_label(f, "ipvlan_pool_addresses{", "network", p->network);
	put_label(f, ",", "range", range);
	fprintf(f, ",state=\"%s\"} %.17g\n", state, n);
}

static void put_pool(const struct fullness *p, void *ctx)
{
	FILE *f = ctx;

	put_state(f, p, "held", (double)p->held);
	put_state(f, p, "stale", (double)p->stale);
	put_state(f, p, "resting", (double)p->resting);
	put_state(f, p, "free", fullness_free(p));
}

static void put_pools(const struct conf *conf, const char *file, void *ctx)
{
	const struct pools *p = ctx;

	(void)file;
	fullness_each(conf, p->all, put_pool, p->f);
}

/* ---- attachments ----------------------------------------------------------------------------- */

static void put_attachment(FILE *f, const char *name, const struct attachment *a)
{
	const struct facts *facts = a->first ? &a->first->facts : NULL;

	fprintf(f, "ipvlan_%s", name);
	put_label(f, "{", "network", a->network);
	put_label(f, ",", "container", a->container_id);
	put_label(f, ",", "interface", a->ifname);
	put_label(f, ",", "namespace", facts ? facts->pod_namespace : "");
	put_label(f, ",", "pod", facts ? facts->pod_name : "");
}

static void put_traffic(FILE *f, const struct attachments *all)
{
	static const struct {
		const char *name, *help;
		size_t offset;
	} counters[] = {
		{ "attachment_receive_bytes_total", "Bytes that an attachment received.",
		  offsetof(struct link, rx_bytes) },
		{ "attachment_transmit_bytes_total", "Bytes that an attachment sent.",
		  offsetof(struct link, tx_bytes) },
		{ "attachment_receive_packets_total", "Packets that an attachment received.",
		  offsetof(struct link, rx_packets) },
		{ "attachment_transmit_packets_total", "Packets that an attachment sent.",
		  offsetof(struct link, tx_packets) },
	};

	for (size_t c = 0; c < sizeof(counters) / sizeof(*counters); c++) {
		begin(f, counters[c].name, "counter", counters[c].help);
		for (size_t i = 0; i < all->count; i++) {
			const char *slave = (const char *)&all->v[i].slave;
			uint64_t n;

			memcpy(&n, slave + counters[c].offset, sizeof(n));
			put_attachment(f, counters[c].name, &all->v[i]);
			fprintf(f, "} %" PRIu64 "\n", n);
		}
	}
}

static void put_drops(FILE *f, const struct attachments *all)
{
	static const char name[] = "attachment_drops_total";

	begin(f, name, "counter", "Frames of an attachment by eBPF that were dropped, by reason.");
	for (size_t i = 0; i < all->count; i++)
		for (int r = 0; r < IPVLAN_BPF_DROP_COUNT; r++) {
			if (!all->v[i].drops[r])
				continue;
			put_attachment(f, name, &all->v[i]);
			fprintf(f, ",reason=\"%s\"} %" PRIu64 "\n",
				ebpf_drop_name((enum ipvlan_bpf_drop)r), all->v[i].drops[r]);
		}
}

static void put_info(FILE *f, const struct attachments *all)
{
	static const char name[] = "attachment_info";

	begin(f, name, "gauge", "Attachments of this node, each 1.");
	for (size_t i = 0; i < all->count; i++) {
		put_attachment(f, name, &all->v[i]);
		put_label(f, ",", "master", all->v[i].master);
		put_label(f, ",", "mode", all->v[i].mode);
		put_label(f, ",", "datapath", all->v[i].datapath);
		fputs("} 1\n", f);
	}
}

/* ---- all of it ------------------------------------------------------------------------------- */

static char *text_of(const struct tool_options *o, const struct tally *t,
		     const struct attachments *all)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = mem_must(open_memstream(&text, &len));
	struct pools pools = { f, &all->reservations };

	put_ended(f, t);
	put_durations(f, t);
	begin(f, "pool_addresses", "gauge", "Addresses of a range, by state.");
	confs_each_local(o, put_pools, &pools);
	put_info(f, all);
	put_traffic(f, all);
	put_drops(f, all);
	fclose(f);
	return mem_must(text);
}

/* In the file's directory, and renamed: the collector sees the old or the new. */
static int write_file(const char *path, const char *text, struct err *err)
{
	cleanup_free char *dir = mem_str(path), *base = mem_str(path);
	cleanup_fd int dirfd = open(dirname(dir), O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = dirfd < 0 ? -errno :
			     file_replace_lazy(dirfd, basename(base), text, strlen(text), 0644);

	return rc < 0 ? err_errno(err, CNI_ERR_IO, rc, "%s", path) : 0;
}

static int metrics(const struct tool_options *o, struct node *n)
{
	struct attachments all;
	struct err err = { 0 };
	struct tally t;
	char *text;
	int rc = attachments_read(o, n, &all, &err);

	if (rc == 0)
		rc = tally_read(&t, &err);
	if (rc == 0) {
		text = text_of(o, &t, &all);
		if (o->n_args)
			rc = write_file(o->args[0], text, &err);
		else
			fputs(text, stdout);
		free(text);
	}
	if (rc < 0)
		log_warn("%s", err.msg);
	attachments_free(&all);
	return rc < 0;
}

const struct tool tool_metrics = {
	.name = "metrics",
	.summary = "Prometheus text: verbs, pools, traffic, drops",
	.usage = usage,
	.act = metrics,
};
