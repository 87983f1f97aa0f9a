// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/cluster_key.h"
#include "test/unit/test.h"

#include <stdlib.h>
#include <string.h>

static struct ip ip_from(const char *text)
{
	struct ip ip = { 0 };

	is_int(ip_parse(text, &ip), 0, "%s", text);
	return ip;
}

static const struct keys keys = { .base = "/p/1/net/", .node = "n1" };

static void keys_of_addresses(void)
{
	static const char *const texts[] = {
		"10.1.2.3", "0.0.0.0", "255.255.255.255",
		"fd00::1",  "::",      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	};
	struct ip one = ip_from("10.1.2.3"), two = ip_from("10.1.2.20"), ip;
	char key[KEY_MAX], other[KEY_MAX];

	is_str(key_of_ip(&keys, "address", &one, key), "/p/1/net/address/40a010203", "its key");
	is_true(strcmp(key, key_of_ip(&keys, "address", &two, other)) < 0,
		"keys sort as addresses");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct ip from = ip_from(texts[i]);

		is_true(key_ip(key_of_ip(&keys, "address", &from, key), &ip) &&
				ip_cmp(&ip, &from) == 0,
			"%s there and back", texts[i]);
	}
	is_true(!key_ip("/p/1/net/address/40a01020", &ip), "a digit too few");
	is_true(!key_ip("/p/1/net/address/40a0102034", &ip), "a digit too many");
	is_true(!key_ip("/p/1/net/address/40a01020g", &ip), "no digit");
	is_true(!key_ip("/p/1/net/epoch", &ip), "no address");
}

static void keys_of_owners(void)
{
	const struct owner o = { "c1", "eth0" };
	struct ip one = ip_from("10.1.2.3");
	char key[KEY_MAX];
	struct owner got;
	const char *node;

	is_str(key_of_owner(&keys, &o, NULL, key), "/p/1/net/owner/n1/c1/eth0/", "of all of them");
	is_str(key_of_owner(&keys, NULL, NULL, key), "/p/1/net/owner/n1/", "of the node's");
	key_of_owner(&keys, &o, &one, key);
	is_str(key, "/p/1/net/owner/n1/c1/eth0/40a010203", "of one address");
	is_str(key_owner_part(&keys, key), "n1/c1/eth0/40a010203", "whose it is");
	is_true(key_split_owner(strstr(key, "n1/"), &node, &got), "taken apart");
	is_str(node, "n1", "node");
	is_str(got.container_id, "c1", "container");
	is_str(got.ifname, "eth0", "interface");
	strcpy(key, "n1/c1");
	is_true(!key_split_owner(key, &node, &got), "what has no interface is none");
}

static void blocks(void)
{
	struct ip ip = ip_from("10.1.2.100"), first = block_first(&ip), last = block_last(&ip);
	char text[IP_STR_MAX];

	is_str(ip_format(&first, text), "10.1.2.64", "first of its block");
	is_str(ip_format(&last, text), "10.1.2.127", "last of it");
}

static void values(void)
{
	struct facts f = { .nsid = 7, .netns = "/run/since=9", .pod_name = "web-0" }, got;
	char text[VALUE_MAX];
	int64_t since_s;

	value_parse(value_format(&f, 1234, text), &got, &since_s);
	is_int(since_s, 1234, "when");
	is_int(got.nsid, 7, "a fact");
	is_str(got.netns, "/run/since=9", "another");
	value_parse("", &got, &since_s);
	is_int(since_s, 0, "nothing is known of nothing");
	is_int(got.nsid, -1, "no fact either");
}

int main(void)
{
	keys_of_addresses();
	keys_of_owners();
	blocks();
	values();
	return test_done();
}
