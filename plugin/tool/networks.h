/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The networks of a node as its tools see them: their stores, and what proves their ends. */
#ifndef PLUGIN_TOOL_NETWORKS_H
#define PLUGIN_TOOL_NETWORKS_H

#include <stdbool.h>
#include "pkg/ipam/store_dir.h"
#include "plugin/lifetime.h"
#include "plugin/tool/options.h"

/* A sorted, NULL-terminated list of the networks that are asked for; free with mem_strs_free(). */
char **networks_list(const struct tool_options *o);

/* What proves that an attachment is over; free with networks_close(). */
struct node {
	int home_fd;
	struct nl home;
	struct lifetime lifetime;
};

void networks_open(struct node *n);
void networks_close(struct node *n);

/* Opens the store of a network. False, and told on stderr, where it cannot be opened or is not. */
bool networks_open_store(const struct tool_options *o, struct node *n, const char *network,
			 struct store **s);

/* All of a network's reservations, by address; strings are copies. */
struct listed {
	char *network;
	struct ip ip;
	char *container_id, *ifname;
	struct facts facts;
	int64_t since_s;
	const char *state; /* "held", "stale", "resting", "foreign" */
	const char *why;   /* why stale, or "" */
};

struct listing {
	struct listed *v;
	size_t count;
};

/* Appends those of one store. False and told where it cannot be read. */
bool networks_read(struct store *s, const char *network, struct listing *l);
/* All of the networks that are asked for. False if one of them cannot be read (told). */
bool networks_read_all(const struct tool_options *o, struct node *n, struct listing *l);
void networks_forget(struct listing *l);

/* "2026-11-23 09:15", local; "" of 0. In UTC as RFC 3339 has it, for programs. */
#define TIME_TEXT_MAX 32
char *networks_time(int64_t s, bool is_utc, char buf[static TIME_TEXT_MAX]);

#endif
