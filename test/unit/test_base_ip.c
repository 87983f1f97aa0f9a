// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/base/ip.h"

#include <errno.h>

#include "test/unit/test.h"

static struct ip ip_of(const char *text)
{
	struct ip ip = { 0 };

	if (*text && ip_parse(text, &ip) < 0)
		is_true(false, "%s is an address", text);
	return ip;
}

static struct prefix prefix_of(const char *text)
{
	struct prefix p = { 0 };

	if (prefix_parse(text, &p) < 0)
		is_true(false, "%s is a prefix", text);
	return p;
}

static void an_address_is_read_and_written_in_its_canonical_form(void)
{
	static const struct {
		const char *text, *canonical;
		int family;
	} rows[] = {
		{ "0.0.0.0", "0.0.0.0", AF_INET },
		{ "10.1.2.3", "10.1.2.3", AF_INET },
		{ "255.255.255.255", "255.255.255.255", AF_INET },
		{ "::", "::", AF_INET6 },
		{ "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1", AF_INET6 },
		{ "fe80::1", "fe80::1", AF_INET6 },
		{ "::ffff:10.1.2.3", "10.1.2.3", AF_INET },
		{ "::ffff:a01:203", "10.1.2.3", AF_INET },
		{ "::10.1.2.3", "::10.1.2.3", AF_INET6 },
	};
	char buf[IP_STR_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ip ip = ip_of(rows[i].text);

		is_int(ip.family, rows[i].family, "%s is of its family", rows[i].text);
		is_str(ip_format(&ip, buf), rows[i].canonical, "%s is written as %s", rows[i].text,
		       rows[i].canonical);
	}
}

static void what_is_no_address_is_refused_and_changes_nothing(void)
{
	static const char *const rows[] = {
		"",
		" ",
		"10.1.2",
		"10.1.2.3.4",
		"10.1.2.256",
		"10.1.2.03",
		"10.1.2.3 ",
		" 1.2.3.4",
		"1.2.3.4/24",
		"0x0a.1.2.3",
		"fe80::1%eth0",
		":::",
		"1::2::3",
		"12345::",
		"[::1]",
		"localhost",
		"::ffff:1.2.3.256",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ip ip = { .family = 77 };

		is_int(ip_parse(rows[i], &ip), -EINVAL, "\"%s\" is no address", rows[i]);
		is_int(ip.family, 77, "\"%s\" leaves the value alone", rows[i]);
	}
}

static void a_prefix_keeps_its_host_bits(void)
{
	static const struct {
		const char *text, *canonical, *first, *last;
	} rows[] = {
		{ "10.1.2.3/24", "10.1.2.3/24", "10.1.2.0", "10.1.2.255" },
		{ "10.1.2.3/0", "10.1.2.3/0", "0.0.0.0", "255.255.255.255" },
		{ "10.1.2.3/32", "10.1.2.3/32", "10.1.2.3", "10.1.2.3" },
		{ "10.1.2.3/31", "10.1.2.3/31", "10.1.2.2", "10.1.2.3" },
		{ "10.1.255.3/17", "10.1.255.3/17", "10.1.128.0", "10.1.255.255" },
		{ "2001:db8::5/64", "2001:db8::5/64",
		  "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff" },
		{ "2001:db8::5/127", "2001:db8::5/127", "2001:db8::4", "2001:db8::5" },
		{ "2001:db8::5/128", "2001:db8::5/128", "2001:db8::5", "2001:db8::5" },
		{ "::/0", "::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "::ffff:10.1.2.3/120", "10.1.2.3/24", "10.1.2.0", "10.1.2.255" },
	};
	char buf[PREFIX_STR_MAX], ip_buf[IP_STR_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct prefix p = prefix_of(rows[i].text);
		struct ip first = prefix_first(&p), last = prefix_last(&p);

		is_str(prefix_format(&p, buf), rows[i].canonical, "%s is written as %s",
		       rows[i].text, rows[i].canonical);
		is_str(ip_format(&first, ip_buf), rows[i].first, "%s begins at %s", rows[i].text,
		       rows[i].first);
		is_str(ip_format(&last, ip_buf), rows[i].last, "%s ends at %s", rows[i].text,
		       rows[i].last);
	}
}

static void what_is_no_prefix_is_refused_and_changes_nothing(void)
{
	static const char *const rows[] = {
		"",
		"10.1.2.3",
		"10.1.2.3/",
		"10.1.2.3/33",
		"10.1.2.3/024",
		"10.1.2.3/-1",
		"10.1.2.3/+1",
		"10.1.2.3/24 ",
		"10.1.2.3/2a",
		"/24",
		"::/129",
		"::/1000",
		"::1/64/64",
		"::ffff:1.2.3.4/95",
		"10.1.2/24",
		"10.1.2.3/ 24",
		"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/64",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct prefix p = { .len = 77 };

		is_int(prefix_parse(rows[i], &p), -EINVAL, "\"%s\" is no prefix", rows[i]);
		is_int(p.len, 77, "\"%s\" leaves the value alone", rows[i]);
	}
}

static void addresses_are_ordered_by_family_and_number(void)
{
	static const char *const ascending[] = {
		"0.0.0.0",	   "10.0.0.1", "10.0.0.2", "10.0.1.0",
		"255.255.255.255", "::",       "::1",	   "fe80::",
	};
	const int n = sizeof(ascending) / sizeof(*ascending);

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			struct ip a = ip_of(ascending[i]), b = ip_of(ascending[j]);
			int order = ip_cmp(&a, &b);

			is_int((order > 0) - (order < 0), (i > j) - (i < j), "%s against %s",
			       ascending[i], ascending[j]);
		}
}

static void next_and_previous_carry_and_stop_at_the_ends(void)
{
	static const struct {
		const char *low, *high;
	} rows[] = {
		{ "10.0.0.1", "10.0.0.2" },
		{ "10.0.0.255", "10.0.1.0" },
		{ "9.255.255.255", "10.0.0.0" },
		{ "::", "::1" },
		{ "2001:db8::ffff:ffff", "2001:db8::1:0:0" },
	};
	struct ip top = ip_of("255.255.255.255"), bottom = ip_of("0.0.0.0"), ip;
	struct ip top6 = ip_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), bottom6 = ip_of("::");
	char buf[IP_STR_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ip = ip_of(rows[i].low);
		is_true(ip_next(&ip), "%s has a next one", rows[i].low);
		is_str(ip_format(&ip, buf), rows[i].high, "%s comes behind %s", rows[i].high,
		       rows[i].low);
		is_true(ip_prev(&ip), "%s has one before", rows[i].high);
		is_str(ip_format(&ip, buf), rows[i].low, "%s comes before %s", rows[i].low,
		       rows[i].high);
	}
	is_true(!ip_next(&top) && !ip_next(&top6), "the last address has no next one");
	is_str(ip_format(&top, buf), "255.255.255.255", "… and stays what it was");
	is_true(!ip_prev(&bottom) && !ip_prev(&bottom6), "the first address has none before");
	is_str(ip_format(&bottom6, buf), "::", "… and stays what it was");
}

static void a_prefix_contains_its_own_addresses_alone(void)
{
	static const struct {
		const char *prefix, *ip;
		bool inside;
	} rows[] = {
		{ "10.1.2.3/24", "10.1.2.255", true },
		{ "10.1.2.3/24", "10.1.3.0", false },
		{ "10.1.2.3/0", "1.2.3.4", true },
		{ "10.1.2.3/0", "::1", false },
		{ "::/0", "10.1.2.3", false },
		{ "2001:db8::/63", "2001:db8:0:1::1", true },
		{ "2001:db8::/64", "2001:db8:0:1::1", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct prefix p = prefix_of(rows[i].prefix);
		struct ip ip = ip_of(rows[i].ip);

		is_int(prefix_contains(&p, &ip), rows[i].inside, "%s is %s %s", rows[i].ip,
		       rows[i].inside ? "in" : "not in", rows[i].prefix);
	}
}

static void none_is_a_value_too(void)
{
	struct ip none = { 0 }, zero = ip_of("0.0.0.0"), zero6 = ip_of("::"), one = ip_of("::1");
	char buf[IP_STR_MAX];

	is_true(!ip_is_set(&none) && ip_is_set(&zero), "none is not set, 0.0.0.0 is");
	is_int((int64_t)ip_size(&none), 0, "none has no bytes");
	is_int(ip_bits(&zero6), 128, "an IPv6 address has 128 bits");
	is_str(ip_format(&none, buf), "", "none is written as nothing");
	is_true(ip_is_unspecified(&zero) && ip_is_unspecified(&zero6),
		"0.0.0.0 and :: say nothing");
	is_true(!ip_is_unspecified(&none) && !ip_is_unspecified(&one),
		"none and ::1 are not those");
	is_true(!ip_next(&none) && !ip_prev(&none), "none has no neighbours");
}

int main(void)
{
	an_address_is_read_and_written_in_its_canonical_form();
	what_is_no_address_is_refused_and_changes_nothing();
	a_prefix_keeps_its_host_bits();
	what_is_no_prefix_is_refused_and_changes_nothing();
	addresses_are_ordered_by_family_and_number();
	next_and_previous_carry_and_stop_at_the_ends();
	a_prefix_contains_its_own_addresses_alone();
	none_is_a_value_too();
	return test_done();
}
