/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `ipvlan doctor`: a table of checks, one function each, that look at the same picture of the node
 * and say what they find. A check's id does not change; docs/troubleshooting.md has them all.
 */
#ifndef PLUGIN_TOOL_DOCTOR_H
#define PLUGIN_TOOL_DOCTOR_H

#include "plugin/attach.h"
#include "plugin/tool/attachments.h"

enum severity {
	SEVERITY_NOTE,	  /* worth knowing, nothing is wrong */
	SEVERITY_WARNING, /* something does not work, or soon will not */
	SEVERITY_ERROR,	  /* pods cannot be attached, or have no network */
};

struct doctor;

struct check {
	const char *id;
	enum severity severity;
	const char *remedy;
	void (*look)(struct doctor *d);
	/* --fix: does away with what look finds, and looks again. NULL: a person has to. */
	void (*mend)(struct doctor *d);
};

/* By what they look at; each ends with one without an id. */
extern const struct check doctor_kernel[], doctor_conf[], doctor_master[], doctor_state[];

/* A plugin in a configuration of this node. */
struct configured {
	char *file, *network; /* owned */
	char *unread;	      /* why the file cannot be read, or NULL; then there is no more */
	cJSON *doc;	      /* owned */
	const char *type;
	size_t place;	    /* in its list, from 0 */
	bool is_ours;	    /* of type "ipvlan": */
	struct conf conf;   /* as far as it can be read */
	struct err refused; /* why it cannot */
	struct link master; /* ifindex 0: none was found */
	struct err no_master;
};

struct doctor {
	const struct tool_options *o;
	struct node *node;
	struct configured *confs;
	size_t n_confs;
	struct attachments attachments;
	const struct check *check; /* the one that looks */
	struct found *found;
	size_t n_found;
};

/* What the check that looks has found: what is wrong, and where. */
void doctor_find(struct doctor *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Those of the list that are ours, can be read, and have a master of the host's to stand on. */
bool doctor_has_master(const struct configured *c);

/*
 * By eBPF nobody watches the master and its pods: lets these follow, and forgets who is gone. The
 * driver does it by itself.
 */
void doctor_mend_ebpf(struct doctor *d);

/* The file's name without its directory. */
const char *doctor_file(const struct configured *c);

#endif
