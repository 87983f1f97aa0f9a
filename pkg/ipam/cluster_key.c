// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/cluster_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- addresses in keys --------------------------------------------------------------------- */

static char *hex_of(const struct ip *ip, char buf[static HEX_MAX])
{
	size_t n = ip_size(ip);

	buf[0] = ip->family == AF_INET ? '4' : '6';
	for (size_t i = 0; i < n; i++)
		sprintf(buf + 1 + 2 * i, "%02x", ip->bytes[i]);
	return buf;
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool key_ip(const char *key, struct ip *ip)
{
	const char *slash = strrchr(key, '/'), *hex = slash ? slash + 1 : key;
	struct ip got = { .family = hex[0] == '4' ? AF_INET : AF_INET6 };
	size_t n = ip_size(&got);

	if ((hex[0] != '4' && hex[0] != '6') || strlen(hex) != 1 + 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = digit_of(hex[1 + 2 * i]), low = digit_of(hex[2 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		got.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ip = got;
	return true;
}

/* ---- keys ---------------------------------------------------------------------------------- */

char *key_of(const struct keys *k, const char *name, const char *sub, char buf[static KEY_MAX])
{
	snprintf(buf, KEY_MAX, "%s%.20s%s%.255s", k->base, name, sub ? "/" : "", sub ? sub : "");
	return buf;
}

char *key_of_ip(const struct keys *k, const char *kind, const struct ip *ip,
		char buf[static KEY_MAX])
{
	char hex[HEX_MAX];

	return key_of(k, kind, hex_of(ip, hex), buf);
}

char *key_of_owner(const struct keys *k, const struct owner *o, const struct ip *ip,
		   char buf[static KEY_MAX])
{
	char hex[HEX_MAX] = "";

	if (ip)
		hex_of(ip, hex);
	if (o)
		snprintf(buf, KEY_MAX, "%sowner/%.255s/%.512s/%.15s/%s", k->base, k->node,
			 o->container_id, o->ifname, hex);
	else
		snprintf(buf, KEY_MAX, "%sowner/%.255s/", k->base, k->node);
	return buf;
}

char *key_of_pod(const struct keys *k, const struct facts *f, const char *ifname,
		 const struct ip *ip, char buf[static KEY_MAX])
{
	char hex[HEX_MAX] = "";

	if (ip)
		hex_of(ip, hex);
	snprintf(buf, KEY_MAX, "%spod/%s/%s/%.15s/%s", k->base, f->pod_namespace, f->pod_name,
		 ifname, hex);
	return buf;
}

const char *key_owner_part(const struct keys *k, const char *key)
{
	return key + strlen(k->base) + strlen("owner/");
}

bool key_split_owner(char *text, const char **node, struct owner *o)
{
	char *rest = text;

	*node = strsep(&rest, "/");
	o->container_id = rest ? strsep(&rest, "/") : NULL;
	o->ifname = rest ? strsep(&rest, "/") : NULL;
	return o->ifname != NULL;
}

/* ---- blocks -------------------------------------------------------------------------------- */

struct ip block_first(const struct ip *ip)
{
	struct ip first = *ip;

	first.bytes[ip_size(ip) - 1] &= (uint8_t) ~(BLOCK_IPS - 1);
	return first;
}

struct ip block_last(const struct ip *ip)
{
	struct ip last = *ip;

	last.bytes[ip_size(ip) - 1] |= BLOCK_IPS - 1;
	return last;
}

/* ---- values -------------------------------------------------------------------------------- */

char *value_format(const struct facts *f, int64_t since_s, char buf[static VALUE_MAX])
{
	facts_format(f, buf + sprintf(buf, "since=%" PRId64 "\n", since_s));
	return buf;
}

void value_parse(const char *text, struct facts *f, int64_t *since_s)
{
	const char *line_end = strchr(text, '\n');

	*since_s = 0;
	if (strncmp(text, "since=", strlen("since=")) == 0 && line_end) {
		*since_s = strtoll(text + strlen("since="), NULL, 10);
		text = line_end + 1;
	}
	facts_parse(text, f);
}
