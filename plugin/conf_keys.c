// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/conf_keys.h"

#include <string.h>
#include <strings.h>

const struct conf_key conf_keys[] = {
	{ KEY_PLUGIN, "cniVersion" },
	{ KEY_PLUGIN, "name" },
	{ KEY_PLUGIN, "type" },
	{ KEY_PLUGIN, "master" },
	{ KEY_PLUGIN, "vlan" },
	{ KEY_PLUGIN, "mode" },
	{ KEY_PLUGIN, "flags" },
	{ KEY_PLUGIN, "mtu" },
	{ KEY_PLUGIN, "datapath" },
	{ KEY_PLUGIN, "antiSpoof" },
	{ KEY_PLUGIN, "linkInContainer" },
	{ KEY_PLUGIN, "dad" },
	{ KEY_PLUGIN, "dadWaitMs" },
	{ KEY_PLUGIN, "announce" },
	{ KEY_PLUGIN, "podSettings" },
	{ KEY_PLUGIN, "log" },
	{ KEY_PLUGIN, "logFormat" },
	{ KEY_PLUGIN, "dns" },
	{ KEY_PLUGIN, "ipam" },
	{ KEY_PLUGIN, "capabilities" },
	{ KEY_PLUGIN, "args" },
	{ KEY_PLUGIN, "runtimeConfig" },
	{ KEY_PLUGIN, "prevResult" },
	{ KEY_PLUGIN, "cni.dev/valid-attachments" },
	{ KEY_PLUGIN, "cni.dev/attachments" },
	{ KEY_IPAM, "type" },
	{ KEY_IPAM, "dataDir" },
	{ KEY_IPAM, "ranges" },
	{ KEY_IPAM, "subnet" },
	{ KEY_IPAM, "rangeStart" },
	{ KEY_IPAM, "rangeEnd" },
	{ KEY_IPAM, "gateway" },
	{ KEY_IPAM, "routes" },
	{ KEY_IPAM, "resolvConf" },
	{ KEY_IPAM, "exclude" },
	{ KEY_IPAM, "reserved" },
	{ KEY_IPAM, "sticky" },
	{ KEY_IPAM, "cooldown" },
	{ KEY_IPAM, "pools" },
	{ KEY_IPAM, "pool" },
	{ KEY_IPAM, "addresses" },
	{ KEY_IPAM, "dns" },
	{ KEY_RANGE, "subnet" },
	{ KEY_RANGE, "rangeStart" },
	{ KEY_RANGE, "rangeEnd" },
	{ KEY_RANGE, "gateway" },
	{ 0, NULL },
};

bool conf_key_is_known(enum key_place place, const char *name)
{
	for (const struct conf_key *k = conf_keys; k->name; k++)
		if (k->place == place && strcasecmp(k->name, name) == 0)
			return true;
	return false;
}

/* How many characters at both ends are the same. */
static size_t common(const char *a, const char *b)
{
	size_t n = 0, la = strlen(a), lb = strlen(b), m = 0;

	while (n < la && n < lb && strncasecmp(a + n, b + n, 1) == 0)
		n++;
	while (m + n < la && m + n < lb && strncasecmp(a + la - 1 - m, b + lb - 1 - m, 1) == 0)
		m++;
	return n + m;
}

/* One letter too many, too few, wrong, or two of them exchanged. */
const char *conf_key_like(enum key_place place, const char *name)
{
	size_t len = strlen(name);

	for (const struct conf_key *k = conf_keys; k->name; k++) {
		size_t theirs = strlen(k->name), longer = theirs > len ? theirs : len;

		if (k->place == place && longer > 2 && longer - common(k->name, name) <= 2 &&
		    (theirs > len ? theirs - len : len - theirs) <= 1)
			return k->name;
	}
	return NULL;
}
