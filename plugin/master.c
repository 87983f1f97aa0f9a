// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/master.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <net/if_arp.h>
#include "pkg/base/cleanup.h"
#include "pkg/nl/route.h"
#include "plugin/selector.h"

#define LOWER_UP 0x10000 /* IFF_LOWER_UP of linux/if.h, which is at odds with net/if.h */

/* How good a master it would be: less is better. */
enum { RANK_GOOD, RANK_NO_CARRIER, RANK_DOWN, RANK_UNFIT, RANKS };

static int rank_of(const struct link *l)
{
	if (l->hw_type != ARPHRD_ETHER || l->flags & IFF_LOOPBACK ||
	    (l->upper && strcmp(l->upper_kind, "vrf") != 0))
		return RANK_UNFIT;
	if (!(l->flags & IFF_UP))
		return RANK_DOWN;
	return l->flags & LOWER_UP ? RANK_GOOD : RANK_NO_CARRIER;
}

/*
 * A name means what has it, and nothing else. A slave has its master's MAC, and on the host its
 * subnet too: it is meant by its name alone.
 */
static bool is_meant(struct nl *nl, const struct conf *conf, const char *word, const struct link *l)
{
	struct link named;

	if (link_by_name(nl, word, &named, NULL) == 0)
		return named.ifindex == l->ifindex;
	return strcmp(l->kind, "ipvlan") != 0 && selector_of(word)->means(nl, conf, word, l);
}

static const char *place(const struct conf *conf)
{
	return conf->link_in_container ? "the container" : "the host";
}

char *master_words(const struct conf *conf, char *buf, size_t size)
{
	int len = snprintf(buf, size, "%s%s", conf->masters[1] ? "one of " : "", conf->masters[0]);

	for (size_t w = 1; conf->masters[w] && len < (int)size; w++)
		len += snprintf(buf + len, size - (size_t)len, ", %s", conf->masters[w]);
	return buf;
}

/* The interfaces that there are, each with what it has of what the first word looks for. */
static void tell_links(struct nl *nl, const struct conf *conf, const struct link *links, size_t n,
		       struct err *err)
{
	const struct selector *s = selector_of(conf->masters[0]);
	char text[480] = "", more[160];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		s->tell(nl, &links[i], more, sizeof(more));
		if (len + strlen(links[i].name) + strlen(more) + sizeof(", …") > sizeof(text)) {
			strcpy(text + len, " …");
			break;
		}
		len += (size_t)sprintf(text + len, "%s%s%s", i ? ", " : "", links[i].name, more);
	}
	err_details(err, "there are: %s", text);
}

static int none(struct nl *nl, const struct conf *conf, const struct link *links, size_t n,
		struct err *err)
{
	char words[256];

	master_words(conf, words, sizeof(words));
	if (conf->masters[1])
		err_set(err, CNI_ERR_MASTER, -ENODEV, "master: %s has no interface that is %s",
			place(conf), words);
	else
		err_set(err, CNI_ERR_MASTER, -ENODEV, "master %s: %s has no interface %s", words,
			place(conf), selector_of(words)->missing);
	tell_links(nl, conf, links, n, err);
	return -ENODEV;
}

/* The first of each rank; ifindex 0: none yet. */
struct found {
	struct link by_rank[RANKS];
};

static void consider(struct found *f, const struct link *l)
{
	struct link *first = &f->by_rank[rank_of(l)];

	if (!first->ifindex)
		*first = *l;
}

static void look_for(struct nl *nl, const struct conf *conf, const char *word,
		     const struct link *links, size_t n, struct found *f)
{
	const struct selector *s = selector_of(word);
	struct link named;

	if (link_by_name(nl, word, &named, NULL) == 0) {
		consider(f, &named);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (strcmp(links[i].kind, "ipvlan") != 0 && s->means(nl, conf, word, &links[i]))
			consider(f, &links[i]);
}

int master_choose(struct nl *nl, const struct conf *conf, struct link *out, struct err *err)
{
	cleanup_free struct link *links = NULL;
	struct found f = { 0 };
	size_t n = 0;
	int rc = 0;

	/* One name, as nearly every configuration has it, needs no list. */
	if (!conf->masters[1] && link_by_name(nl, conf->masters[0], out, NULL) == 0)
		return 0;
	for (size_t w = 0; rc == 0 && conf->masters[w]; w++)
		rc = selector_check(conf->masters[w], conf, err);
	if (rc == 0)
		rc = link_list(nl, -1, &links, &n, err);
	if (rc < 0)
		return rc;
	for (size_t w = 0; conf->masters[w] && !f.by_rank[RANK_GOOD].ifindex; w++)
		look_for(nl, conf, conf->masters[w], links, n, &f);
	for (int rank = 0; rank < RANKS; rank++)
		if (f.by_rank[rank].ifindex) {
			*out = f.by_rank[rank];
			return 0;
		}
	return none(nl, conf, links, n, err);
}

bool master_is_meant(struct nl *nl, const struct conf *conf, const struct link *l)
{
	for (size_t w = 0; conf->masters && conf->masters[w]; w++)
		if (is_meant(nl, conf, conf->masters[w], l))
			return true;
	return !conf->masters;
}

int master_by_name(struct nl *nl, const struct conf *conf, const char *name, struct link *out,
		   struct err *err)
{
	int rc = link_by_name(nl, name, out, err);

	if (rc == -ENODEV)
		return err_set(err, CNI_ERR_MASTER, rc,
			       "master %s: %s has no interface of that name", name, place(conf));
	return rc;
}

int master_by_route(struct nl *nl, struct link *out, struct err *err)
{
	int ifindex, rc = route_default_link(nl, &ifindex, err);

	if (rc == -ENOENT) {
		err_set(err, CNI_ERR_MASTER, rc,
			"no master: the configuration names none, and there is no default route to "
			"take one from");
		err_details(err, "set \"master\" in the network configuration");
		return rc;
	}
	if (rc == 0)
		rc = link_by_index(nl, ifindex, out, err);
	if (rc == -ENODEV)
		err_errno(err, CNI_ERR_MASTER, rc, "master #%d: look up", ifindex);
	return rc;
}

int master_check_mtu(const struct conf *conf, const struct link *master, struct err *err)
{
	if (conf->mtu > master->mtu)
		return err_set(err, CNI_ERR_CONFIG, -EINVAL,
			       "%s: %u is more than the %u of master %s", conf->mtu_source,
			       conf->mtu, master->mtu, master->name);
	return 0;
}
