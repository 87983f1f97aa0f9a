// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/journal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "pkg/base/cleanup.h"
#include "pkg/base/log.h"
#include "pkg/base/mem.h"
#include "pkg/cni/json_out.h"

#define SYSLOG_SOCKET  "/dev/log"
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

void journal_note(struct journal *j, const struct attach *a)
{
	char text[PREFIX_STR_MAX];
	size_t len = 0;

	j->trace = a->trace;
	j->datapath = a->datapath ? a->datapath->name : "";
	memcpy(j->master, a->master.name, sizeof(j->master));
	for (size_t i = a->first_ip; i < a->result.n_ips && len < sizeof(j->addresses); i++)
		len += (size_t)snprintf(j->addresses + len, sizeof(j->addresses) - len, "%s%s",
					len ? "," : "",
					prefix_format(&a->result.ips[i].address, text));
}

/* ---- what there is to say -------------------------------------------------------------------- */

#define ENTRY_MAX 16

struct entry {
	struct {
		const char *key;
		const char *value;
	} texts[ENTRY_MAX];
	size_t n_texts;
	char time[40];
	const struct trace *trace;
	uint64_t took_us;
	int code;
};

static void put(struct entry *e, const char *key, const char *value)
{
	if (!value || !value[0] || e->n_texts == ENTRY_MAX)
		return;
	e->texts[e->n_texts].key = key;
	e->texts[e->n_texts++].value = value;
}

/* W3C Trace Context, 3.2: version, trace id, parent id, flags. What is none is left out. */
static const char *traceparent(void)
{
	static const size_t dashes[] = { 2, 35, 52 };
	const char *text = getenv("TRACEPARENT");
	size_t dash = 0;

	if (!text || strlen(text) != 55)
		return NULL;
	for (size_t i = 0; i < 55; i++) {
		bool is_dash = dash < 3 && i == dashes[dash];

		if (is_dash ? text[i] != '-' : !strchr("0123456789abcdef", text[i]))
			return NULL;
		dash += is_dash;
	}
	return text;
}

/* RFC 3339, in UTC, with milliseconds. */
static void put_time(struct entry *e)
{
	struct timespec now;
	char seconds[24];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(e->time, sizeof(e->time), "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
	put(e, "time", e->time);
}

static void fill(struct entry *e, const struct journal *j, const struct conf *conf,
		 const struct cni_env *env, const struct err *err)
{
	put_time(e);
	put(e, "verb", cni_verb_name(env->verb));
	put(e, "network", conf->name);
	put(e, "container", env->container_id);
	put(e, "ifname", env->ifname);
	put(e, "netns", env->netns);
	put(e, "podNamespace", conf->pod_namespace);
	put(e, "podName", conf->pod_name);
	put(e, "master", j->master);
	put(e, "datapath", j->datapath);
	put(e, "addresses", j->addresses);
	put(e, "error", err->msg);
	put(e, "details", err->details);
	put(e, "traceparent", traceparent());
}

/* ---- as a line ------------------------------------------------------------------------------- */

/* A value of letters stands as it is; else in quotes, without what could begin another line. */
static void put_value(FILE *f, const char *value)
{
	if (!value[strcspn(value, " \t\r\n\"\\=")]) {
		fputs(value, f);
		return;
	}
	fputc('"', f);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', f);
		fputc(iscntrl((unsigned char)*value) ? '?' : *value, f);
	}
	fputc('"', f);
}

/* "link", or "undo.link" on the way back. */
static const char *step_name(const struct trace *t, size_t i, char buf[static 32])
{
	snprintf(buf, 32, "%s%s", t->v[i].is_undone ? "undo." : "", t->v[i].step);
	return buf;
}

static char *text_line(const struct entry *e)
{
	char *text = NULL, name[32];
	size_t len = 0;
	FILE *f = mem_must(open_memstream(&text, &len));

	for (size_t i = 0; i < e->n_texts; i++) {
		fprintf(f, "%s%s=", i ? " " : "", e->texts[i].key);
		put_value(f, e->texts[i].value);
	}
	fprintf(f, " code=%d tookUs=%" PRIu64 " steps=", e->code, e->took_us);
	for (size_t i = 0; i < e->trace->n; i++)
		fprintf(f, "%s%s:%" PRIu64, i ? "," : "", step_name(e->trace, i, name),
			e->trace->v[i].took_ns / 1000);
	fclose(f);
	return mem_must(text);
}

/* Without the line ends and spaces between values; those in strings are escaped. */
static char *json_line(const struct entry *e)
{
	struct json_out out;
	char *text, *to, name[32];

	json_out_open(&out);
	for (size_t i = 0; i < e->n_texts; i++)
		json_out_str(&out, e->texts[i].key, e->texts[i].value);
	json_out_int(&out, "code", e->code);
	json_out_int(&out, "tookUs", (int64_t)e->took_us);
	json_out_object(&out, "stepsUs");
	for (size_t i = 0; i < e->trace->n; i++)
		json_out_int(&out, step_name(e->trace, i, name),
			     (int64_t)(e->trace->v[i].took_ns / 1000));
	json_out_end(&out);
	text = to = json_out_close(&out);
	for (const char *from = text; *from;) {
		if (*from == '\n')
			from += 1 + strspn(from + 1, " ");
		else
			*to++ = *from++;
	}
	*to = '\0';
	return text;
}

/* ---- to where -------------------------------------------------------------------------------- */

/* Opened for each line, so that a file may be renamed; one write, so that lines do not mix. */
static int write_file(const char *path, char *line)
{
	cleanup_fd int fd =
		open(path,
		     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		     0640);
	size_t len = strlen(line);
	ssize_t n;

	if (fd < 0)
		return -errno;
	line[len] = '\n';
	n = write(fd, line, len + 1);
	line[len] = '\0';
	return n < 0 ? -errno : (size_t)n == len + 1 ? 0 : -ENOSPC;
}

static int send_to(const char *path, const char *text)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd < 0 ||
	    sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

/* RFC 3164 as local daemons take it; journald's own protocol has a field a line. */
static int send_line(const struct conf *conf, const char *line, bool is_error)
{
	int priority = is_error ? LOG_ERR : LOG_INFO;
	cleanup_free char *text = NULL;
	int len;

	if (strcmp(conf->log, "syslog") == 0) {
		len = asprintf(&text, "<%d>ipvlan[%d]: %s", LOG_DAEMON | priority, getpid(), line);
		return len < 0 ? -ENOMEM : send_to(SYSLOG_SOCKET, text);
	}
	len = asprintf(&text, "PRIORITY=%d\nSYSLOG_IDENTIFIER=ipvlan\nMESSAGE=%s\n", priority,
		       line);
	return len < 0 ? -ENOMEM : send_to(JOURNAL_SOCKET, text);
}

void journal_write(const struct journal *j, const struct conf *conf, const struct cni_env *env,
		   const struct err *err, uint64_t took_ns)
{
	struct entry e = { .trace = &j->trace, .took_us = took_ns / 1000, .code = err->code };
	cleanup_free char *line = NULL;
	int rc;

	if (!conf->log || !conf->log[0])
		return;
	fill(&e, j, conf, env, err);
	line = conf->log_is_json ? json_line(&e) : text_line(&e);
	rc = conf->log[0] == '/' ? write_file(conf->log, line) :
				   send_line(conf, line, err->code != 0);
	if (rc < 0)
		log_warn("log %s: %s", conf->log, strerror(-rc));
}
