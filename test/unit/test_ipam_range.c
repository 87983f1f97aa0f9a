// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/range.h"

#include <errno.h>

#include "test/unit/test_ipam.h"

struct sample {
	const char *subnet, *start, *end, *gateway; /* "": not set */
	const char *range;			    /* what comes out, or a part of the message */
	const char *gateway_out;
};

static const struct sample good[] = {
	{ "10.1.0.0/24", "", "", "", "10.1.0.1-10.1.0.254", "10.1.0.1" },
	{ "10.1.0.0/30", "", "", "", "10.1.0.1-10.1.0.2", "10.1.0.1" },
	{ "0.0.0.0/0", "", "", "", "0.0.0.1-255.255.255.254", "0.0.0.1" },
	{ "10.1.0.0/24", "10.1.0.9", "", "", "10.1.0.9-10.1.0.254", "10.1.0.1" },
	{ "10.1.0.0/24", "", "10.1.0.9", "", "10.1.0.1-10.1.0.9", "10.1.0.1" },
	{ "10.1.0.0/24", "10.1.0.0", "10.1.0.255", "", "10.1.0.0-10.1.0.255", "10.1.0.1" },
	{ "10.1.0.0/24", "10.1.0.9", "10.1.0.9", "", "10.1.0.9-10.1.0.9", "10.1.0.1" },
	{ "10.1.0.0/24", "", "", "10.1.0.254", "10.1.0.1-10.1.0.254", "10.1.0.254" },
	{ "10.1.0.0/24", "", "", "192.0.2.1", "10.1.0.1-10.1.0.254", "192.0.2.1" },
	{ "fd00::/64", "", "", "", "fd00::1-fd00::ffff:ffff:ffff:ffff", "fd00::1" },
	{ "fd00::/64", "", "", "fe80::1", "fd00::1-fd00::ffff:ffff:ffff:ffff", "fe80::1" },
	{ "fd00::/126", "", "", "", "fd00::1-fd00::3", "fd00::1" },
	{ "2001:db8::/32", "", "", "", "2001:db8::1-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	  "2001:db8::1" },
	{ "::/0", "", "", "", "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1" },
};

static const struct sample bad[] = {
	{ "", "", "", "", "here: subnet is missing", NULL },
	{ "10.1.0.0/31", "", "", "", "here: subnet 10.1.0.0/31 is too small", NULL },
	{ "10.1.0.0/32", "", "", "", "here: subnet 10.1.0.0/32 is too small", NULL },
	{ "fd00::/127", "", "", "", "here: subnet fd00::/127 is too small", NULL },
	{ "fd00::/128", "", "", "", "here: subnet fd00::/128 is too small", NULL },
	{ "10.1.2.3/16", "", "", "",
	  "here: subnet 10.1.2.3/16 has host bits set: the network address "
	  "is 10.1.0.0",
	  NULL },
	{ "fd00::1/64", "", "", "", "network address is fd00::", NULL },
	{ "10.1.0.0/24", "10.2.0.1", "", "",
	  "here: rangeStart 10.2.0.1 is not in subnet 10.1.0.0/24", NULL },
	{ "10.1.0.0/24", "fd00::1", "", "", "here: rangeStart fd00::1 is not in subnet", NULL },
	{ "10.1.0.0/24", "", "10.0.255.255", "", "here: rangeEnd 10.0.255.255 is not in subnet",
	  NULL },
	{ "fd00::/64", "", "10.1.0.1", "", "here: rangeEnd 10.1.0.1 is not in subnet fd00::/64",
	  NULL },
	{ "10.1.0.0/24", "10.1.0.9", "10.1.0.8", "", "here: range 10.1.0.9-10.1.0.8 ends before",
	  NULL },
	{ "10.1.0.0/24", "10.1.0.255", "", "", "here: range 10.1.0.255-10.1.0.254 ends before",
	  NULL },
	{ "10.1.0.0/24", "", "", "fe80::1",
	  "here: gateway fe80::1 is not of the family of subnet "
	  "10.1.0.0/24",
	  NULL },
};

static void what_is_not_set_gets_the_references_defaults(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		const struct sample *g = &good[i];
		struct range r = range_of(g->subnet, g->start, g->end, g->gateway);
		const struct range_set set = { .ranges = &r, .count = 1 };
		struct err err = { 0 };
		char text[128], gateway[IP_STR_MAX];

		is_int(range_complete(&r, "here", &err), 0, "%s is a subnet to take from",
		       g->subnet);
		is_str(range_set_format(&set, text, sizeof(text)), g->range,
		       "the range of %s [%s-%s] is %s", g->subnet, g->start, g->end, g->range);
		is_str(ip_format(&r.gateway, gateway), g->gateway_out, "its gateway is %s",
		       g->gateway_out);
	}
}

static void a_bad_range_is_refused_with_place_and_value(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct range r = range_of(bad[i].subnet, bad[i].start, bad[i].end, bad[i].gateway);
		struct err err = { 0 };

		is_int(range_complete(&r, "here", &err), -EINVAL, "refused: %s", bad[i].range);
		is_int(err.code, CNI_ERR_CONFIG, "it is the configuration's fault");
		has_str(err.msg, bad[i].range, "the message says so");
	}
}

struct sets_sample {
	const char *subnet[3][3], *start[3][3], *end[3][3];
	const char *message; /* NULL: good */
};

static const struct sets_sample sets_samples[] = {
	{ .subnet = { { "10.1.0.0/24" } } },
	{ .subnet = { { "10.1.0.0/24", "10.2.0.0/24" }, { "fd00::/64" } } },
	{ .subnet = { { "10.1.0.0/24", "10.1.0.0/24" } },
	  .start = { { "10.1.0.1", "10.1.0.21" } },
	  .end = { { "10.1.0.20", "10.1.0.30" } } },
	{ .message = "ipam.ranges: there is no range" },
	{ .subnet = { { "10.1.0.0/24", "fd00::/64" } },
	  .message = "ipam.ranges[0]: mixed address families: 10.1.0.0/24 and fd00::/64" },
	{ .subnet = { { "10.1.0.0/24", "10.1.0.0/24" } },
	  .start = { { "10.1.0.1", "10.1.0.20" } },
	  .end = { { "10.1.0.20", "10.1.0.30" } },
	  .message = "ipam.ranges[0]: 10.1.0.20-10.1.0.30 overlaps 10.1.0.1-10.1.0.20 of "
		     "ipam.ranges[0]" },
	{ .subnet = { { "10.1.0.0/24" }, { "fd00::/64" }, { "10.1.0.0/16" } },
	  .message = "ipam.ranges[2]: 10.1.0.1-10.1.255.254 overlaps 10.1.0.1-10.1.0.254 of "
		     "ipam.ranges[0]" },
	{ .subnet = { { "10.1.0.0/16" }, { "10.1.5.0/24" } },
	  .message = "ipam.ranges[1]: 10.1.5.1-10.1.5.254 overlaps 10.1.0.1-10.1.255.254" },
	{ .subnet = { { "10.1.5.0/24" }, { "10.1.0.0/16" } },
	  .message = "ipam.ranges[1]: 10.1.0.1-10.1.255.254 overlaps 10.1.5.1-10.1.5.254" },
};

static void check_sets(const struct sets_sample *sample)
{
	struct range ranges[3][3] = { 0 };
	struct range_set sets[3] = { 0 };
	struct err err = { 0 };
	size_t n_sets = 0;

	for (; n_sets < 3 && sample->subnet[n_sets][0]; n_sets++) {
		struct range_set *set = &sets[n_sets];

		set->ranges = ranges[n_sets];
		for (size_t i = 0; i < 3 && sample->subnet[n_sets][i]; i++) {
			set->ranges[i] = complete_range_of(sample->subnet[n_sets][i],
							   sample->start[n_sets][i],
							   sample->end[n_sets][i]);
			set->count++;
		}
	}
	if (!sample->message) {
		is_int(range_sets_check(sets, n_sets, "ipam.ranges", &err), 0,
		       "%zu sets from %s on are fine", n_sets, sample->subnet[0][0]);
		return;
	}
	is_int(range_sets_check(sets, n_sets, "ipam.ranges", &err), -EINVAL, "refused: %s",
	       sample->message);
	is_int(err.code, CNI_ERR_CONFIG, "it is the configuration's fault");
	has_str(err.msg, sample->message, "the message says so");
}

static void sets_are_of_one_family_and_apart(void)
{
	const struct range_set empty = { .count = 0 };
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof(sets_samples) / sizeof(*sets_samples); i++)
		check_sets(&sets_samples[i]);
	is_int(range_sets_check(&empty, 1, "ipam.ranges", &err), -EINVAL,
	       "an empty set is refused");
	is_str(err.msg, "ipam.ranges[0]: the range set is empty", "the message says so");
}

static void an_address_is_found_in_its_range(void)
{
	struct range r[] = { complete_range_of("10.1.0.0/24", "10.1.0.5", "10.1.0.6"),
			     complete_range_of("10.2.0.0/24", NULL, NULL) };
	const struct range_set set = { .ranges = r, .count = 2 };
	const struct ip inside = ip_of("10.1.0.6"), before = ip_of("10.1.0.4"),
			behind = ip_of("10.1.0.7"), second = ip_of("10.2.0.254"),
			other = ip_of("fd00::1"), none = { 0 };
	char text[24];

	is_true(range_set_find(&set, &inside) == &r[0], "the last address belongs to the range");
	is_true(!range_set_find(&set, &before), "what is before the start does not");
	is_true(!range_set_find(&set, &behind), "what is behind the end does not");
	is_true(range_set_find(&set, &second) == &r[1], "the second range is found");
	is_true(!range_set_find(&set, &other) && !range_set_find(&set, &none),
		"other families are not");
	is_str(range_set_format(&set, text, sizeof(text)), "10.1.0.5-10.1.0.6,10.2.",
	       "a long list of ranges is cut to the room");
	is_str(range_set_format(&set, text, 9), "10.1.0.5", "even inside the first");
}

int main(void)
{
	what_is_not_set_gets_the_references_defaults();
	a_bad_range_is_refused_with_place_and_value();
	sets_are_of_one_family_and_apart();
	an_address_is_found_in_its_range();
	return test_done();
}
