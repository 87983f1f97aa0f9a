// SPDX-License-Identifier: GPL-2.0-or-later
/* The words for a master: what each means, told from the word alone, and which link has it. */
#include "plugin/selector.h"
#include "test.h"

static void kinds(void)
{
	static const struct {
		const char *word, *missing;
	} words[] = {
		{ "eth0", "of that name" },
		{ "eth0.100", "of that name" },
		{ "10.1.0.0", "of that name" },
		{ "10.1.0.0/33", "of that name" },
		{ "ipam:ranges", "of that name" },
		{ "52:54:00:12:34", "of that name" },
		{ "52:54:00:12:34:5g", "of that name" },
		{ "52:54:00:12:34:56:78", "of that name" },
		{ "52-54-00-12-34-56", "of that name" },
		{ "0000:03:00", "of that name" },
		{ "0000:03:00.0 ", "of that name" },
		{ "en*", "whose name matches" },
		{ "eth?", "whose name matches" },
		{ "eth[0-3]", "whose name matches" },
		{ "52:54:00:12:34:56", "with that MAC address" },
		{ "AA:bb:CC:dd:EE:ff", "with that MAC address" },
		{ "0000:03:00.0", "at that PCI address" },
		{ "ABCD:ef:1f.7", "at that PCI address" },
		{ "10.1.0.0/24", "with a subnet" },
		{ "10.1.0.5/32", "with a subnet" },
		{ "fd00::/64", "with a subnet" },
		{ "ipam:range", "with subnets that contain the ranges" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		has_str(selector_of(words[i].word)->missing, words[i].missing, "\"%s\" is one %s",
			words[i].word, words[i].missing);
}

static bool means(const char *word, const struct link *l)
{
	return selector_of(word)->means(NULL, NULL, word, l);
}

static void hardware(void)
{
	struct link l = { .name = "ens3",
			  .device = "0000:03:00.0",
			  .mac = { 2, 0, 0, 0, 0, 0xab },
			  .mac_len = 6,
			  .burnt_in = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } };

	is_true(means("0000:03:00.0", &l), "a device at the PCI address");
	is_true(!means("0000:03:00.1", &l), "another function is another device");
	is_true(means("02:00:00:00:00:AB", &l), "the MAC address that it has");
	is_true(means("52:54:00:12:34:56", &l), "the MAC address that it came with");
	is_true(!means("52:54:00:12:34:57", &l), "another MAC address");
	l.mac_len = 20;
	is_true(!means("02:00:00:00:00:ab", &l), "an address of 20 bytes is no MAC address");
	l.device[0] = '\0';
	is_true(!means("0000:03:00.0", &l), "what is of no device has no PCI address");
}

static void names(void)
{
	struct link l = { .name = "ens3", .alias = "uplink of rack 7" };

	is_true(means("ens*", &l) && means("*", &l) && means("ens[0-9]", &l),
		"patterns that match");
	is_true(!means("en?", &l) && !means("[!e]*", &l), "patterns that do not");
	is_true(means("uplink of rack 7", &l), "its alias");
	is_true(!means("uplink", &l), "a part of its alias is not");
	is_true(!means("uplink*", &l), "a pattern is about names, not about aliases");
}

static void ranges(void)
{
	struct lease address = { 0 };
	struct conf conf = { 0 };
	struct err err = { 0 };

	is_int(selector_check("eth0", &conf, &err), 0, "a name needs no ranges");
	is_true(selector_check("ipam:range", &conf, &err) < 0,
		"without ranges there are none to go by");
	is_int(err.code, CNI_ERR_CONFIG, "that is the configuration's fault");
	conf.ipam.addresses = &address;
	conf.ipam.n_addresses = 1;
	is_int(selector_check("ipam:range", &conf, NULL), 0, "static addresses will do");
}

int main(void)
{
	kinds();
	hardware();
	names();
	ranges();
	return test_done();
}
