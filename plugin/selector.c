// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/selector.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/cleanup.h"
#include "pkg/nl/addr.h"

#define BY_RANGE "ipam:range"

/* ---- by name ------------------------------------------------------------------------------- */

static bool is_any(const char *word)
{
	(void)word;
	return true;
}

/* A name is looked up before any word is thought about: here it is an alias. */
static bool has_alias(struct nl *nl, const struct conf *conf, const char *word,
		      const struct link *l)
{
	(void)nl;
	(void)conf;
	return strcmp(l->alias, word) == 0;
}

static void tell_alias(struct nl *nl, const struct link *l, char *buf, size_t size)
{
	(void)nl;
	snprintf(buf, size, l->alias[0] ? " \"%s\"" : "%s", l->alias);
}

static bool is_pattern(const char *word)
{
	return strpbrk(word, "*?[");
}

static bool has_pattern(struct nl *nl, const struct conf *conf, const char *word,
			const struct link *l)
{
	(void)nl;
	(void)conf;
	return fnmatch(word, l->name, 0) == 0;
}

static void tell_nothing(struct nl *nl, const struct link *l, char *buf, size_t size)
{
	(void)nl;
	(void)l;
	(void)size;
	buf[0] = '\0';
}

/* ---- by hardware --------------------------------------------------------------------------- */

#define MAC_LEN 6

static bool parse_mac(const char *word, uint8_t mac[static MAC_LEN])
{
	int end = 0;

	return strlen(word) == 3 * MAC_LEN - 1 &&
	       sscanf(word, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		      &mac[3], &mac[4], &mac[5], &end) == MAC_LEN &&
	       word[end] == '\0';
}

static bool is_mac(const char *word)
{
	uint8_t mac[MAC_LEN];

	return parse_mac(word, mac);
}

static bool has_mac(struct nl *nl, const struct conf *conf, const char *word, const struct link *l)
{
	uint8_t mac[MAC_LEN];

	(void)nl;
	(void)conf;
	return parse_mac(word, mac) && l->mac_len == MAC_LEN &&
	       (memcmp(l->burnt_in, mac, MAC_LEN) == 0 || memcmp(l->mac, mac, MAC_LEN) == 0);
}

static void tell_mac(struct nl *nl, const struct link *l, char *buf, size_t size)
{
	char mac[32 * 3];

	(void)nl;
	snprintf(buf, size, l->mac_len == MAC_LEN ? " %s" : "", link_mac_format(l, mac));
}

/* "0000:03:00.0": domain, bus, device, function. */
static bool is_pci(const char *word)
{
	static const char form[] = "xxxx:xx:xx.x";
	size_t i;

	for (i = 0; form[i] && word[i]; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)word[i]) : word[i] != form[i])
			return false;
	return !form[i] && !word[i];
}

/*
 * The PCI device that it is a part of, in whatever way: the netdevice of a virtio or USB device is
 * further down. "" if there is none, or the sysfs here is not of the link's netns.
 */
static void pci_of(const struct link *l, char out[static 16])
{
	char path[64], at[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", l->name);
	out[0] = '\0';
	if (!realpath(path, at))
		return;
	for (char *save, *part = strtok_r(at, "/", &save); part; part = strtok_r(NULL, "/", &save))
		if (is_pci(part))
			snprintf(out, 16, "%s", part);
}

static bool has_pci(struct nl *nl, const struct conf *conf, const char *word, const struct link *l)
{
	char pci[16];

	(void)nl;
	(void)conf;
	if (strcasecmp(l->device, word) == 0)
		return true;
	if (!l->device[0])
		return false;
	pci_of(l, pci);
	return strcasecmp(pci, word) == 0;
}

static void tell_pci(struct nl *nl, const struct link *l, char *buf, size_t size)
{
	char pci[16] = "";

	(void)nl;
	if (l->device[0])
		pci_of(l, pci);
	snprintf(buf, size, pci[0] ? " %s" : "%s", pci[0] ? pci : "");
}

/* ---- by subnet ----------------------------------------------------------------------------- */

static bool is_subnet(const char *word)
{
	struct prefix p;

	return prefix_parse(word, &p) == 0;
}

/* Whether one of the interface's subnets has all from first to last. */
static bool reaches(const struct prefix *subnets, size_t n, const struct ip *first,
		    const struct ip *last)
{
	for (size_t i = 0; i < n; i++)
		if (prefix_contains(&subnets[i], first) && prefix_contains(&subnets[i], last))
			return true;
	return false;
}

static bool has_subnet(struct nl *nl, const struct conf *conf, const char *word,
		       const struct link *l)
{
	cleanup_free struct prefix *subnets = NULL;
	struct ip first, last;
	struct prefix p;
	size_t n = 0;

	(void)conf;
	if (prefix_parse(word, &p) < 0 || addr_list(nl, l->ifindex, &subnets, &n, NULL) < 0)
		return false;
	first = prefix_first(&p);
	last = prefix_last(&p);
	return reaches(subnets, n, &first, &last);
}

static bool is_range_word(const char *word)
{
	return strcmp(word, BY_RANGE) == 0;
}

static bool has_ranges(struct nl *nl, const struct conf *conf, const char *word,
		       const struct link *l)
{
	const struct ipam_conf *ipam = &conf->ipam;
	cleanup_free struct prefix *subnets = NULL;
	size_t n = 0;

	(void)word;
	if (addr_list(nl, l->ifindex, &subnets, &n, NULL) < 0)
		return false;
	for (size_t i = 0; i < ipam->n_sets; i++)
		for (size_t k = 0; k < ipam->sets[i].count; k++) {
			const struct range *r = &ipam->sets[i].ranges[k];

			if (!reaches(subnets, n, &r->start, &r->end))
				return false;
		}
	for (size_t i = 0; i < ipam->n_addresses; i++) {
		const struct ip *ip = &ipam->addresses[i].address.ip;

		if (!reaches(subnets, n, ip, ip))
			return false;
	}
	return true;
}

static void tell_subnets(struct nl *nl, const struct link *l, char *buf, size_t size)
{
	cleanup_free struct prefix *subnets = NULL;
	size_t n = 0, len = 0;
	char text[PREFIX_STR_MAX];

	buf[0] = '\0';
	if (addr_list(nl, l->ifindex, &subnets, &n, NULL) < 0)
		return;
	for (size_t i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, " %s",
					prefix_format(&subnets[i], text));
}

/* -------------------------------------------------------------------------------------------- */

/* The first that a word can be is what it is. */
static const struct selector selectors[] = {
	{ "with that MAC address", is_mac, has_mac, tell_mac },
	{ "at that PCI address", is_pci, has_pci, tell_pci },
	{ "with a subnet that contains it", is_subnet, has_subnet, tell_subnets },
	{ "with subnets that contain the ranges of ipam", is_range_word, has_ranges, tell_subnets },
	{ "whose name matches", is_pattern, has_pattern, tell_nothing },
	{ "of that name, alternative name or alias", is_any, has_alias, tell_alias },
};

const struct selector *selector_of(const char *word)
{
	const struct selector *s = selectors;

	while (!s->is_one(word))
		s++;
	return s;
}

int selector_check(const char *word, const struct conf *conf, struct err *err)
{
	if (!is_range_word(word) || conf->ipam.n_sets || conf->ipam.n_addresses)
		return 0;
	return err_set(
		err, CNI_ERR_CONFIG, -EINVAL,
		"master: \"" BY_RANGE "\" goes by the ranges of \"host-local\" or the addresses "
		"of \"static\", and this ipam says neither; give a subnet (\"10.1.0.0/24\")");
}
