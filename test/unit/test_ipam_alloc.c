// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/alloc.h"

#include <errno.h>

#include "test/unit/test_ipam.h"

#define RANGES_MAX 4

/* Sets of ranges written as { "subnet", "start", "end", "gateway" }; a NULL subnet ends a set. */
struct plan {
	struct range ranges[2][RANGES_MAX];
	struct range_set sets[2];
	struct pool pool;
};

typedef const char *const plan_text[2][RANGES_MAX][4];

static struct plan *plan_of(plan_text text)
{
	static struct plan plan;

	memset(&plan, 0, sizeof(plan));
	for (size_t s = 0; s < 2 && text[s][0][0]; s++) {
		for (size_t r = 0; r < RANGES_MAX && text[s][r][0]; r++) {
			const char *const *t = text[s][r];

			plan.ranges[s][r] = range_of(t[0], t[1], t[2], t[3]);
			if (range_complete(&plan.ranges[s][r], "test", NULL) < 0)
				abort();
			plan.sets[s].count++;
		}
		plan.sets[s].ranges = plan.ranges[s];
		plan.pool.n_sets++;
	}
	plan.pool.sets = plan.sets;
	return &plan;
}

/* One ADD. What it gave, "10.1.0.2/24 fd00::2/64", or the error as "code message". */
static const char *add_requested(const char *data_dir, struct pool pool, const char *id,
				 const char *first, const char *second)
{
	const struct ip requested[] = { ip_of(first), ip_of(second) };
	const struct owner o = { id, "eth0" };
	struct store *s = open_store(data_dir);
	struct lease leases[2] = { 0 };
	static char out[512];
	struct err err = { 0 };
	char text[PREFIX_STR_MAX];
	size_t len = 0;

	pool.requested = requested;
	pool.n_requested = (first ? 1 : 0) + (second ? 1 : 0);
	if (alloc_add(s, &pool, &o, leases, &err) < 0)
		snprintf(out, sizeof(out), "%d %s", err.code, err.msg);
	for (size_t i = 0; i < pool.n_sets && !err_is_set(&err); i++)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s", i ? " " : "",
					prefix_format(&leases[i].address, text));
	s->ops->close(s);
	return out;
}

static const char *add(const char *data_dir, struct pool pool, const char *id)
{
	return add_requested(data_dir, pool, id, NULL, NULL);
}

static void addresses_go_round(void)
{
	plan_text text = { { { "10.1.0.0/29" } } };
	const struct pool pool = plan_of(text)->pool;
	const char *dir = new_data_dir();

	is_str(add(dir, pool, "a"), "10.1.0.2/29", "the gateway is stepped over");
	is_str(add(dir, pool, "b"), "10.1.0.3/29", "the next");
	release_in(dir, &(struct owner){ "a", "eth0" });
	is_str(add(dir, pool, "c"), "10.1.0.4/29", "what came back is not given at once");
	is_str(add(dir, pool, "d"), "10.1.0.5/29", "the next");
	is_str(add(dir, pool, "e"), "10.1.0.6/29", "the last");
	is_str(add(dir, pool, "f"), "10.1.0.2/29", "round to the first, past the gateway");
	is_str(add(dir, pool, "g"),
	       "104 ipam: no address is free in range set 0 (10.1.0.1-10.1.0.6)", "full");
	release_in(dir, &(struct owner){ "f", "eth0" });
	is_str(add(dir, pool, "g"), "10.1.0.2/29", "the address given last comes round as well");
	is_str(content(dir, "last_reserved_ip.0"), "10.1.0.2", "the cursor is there");
}

static void the_gateway_may_be_anywhere(void)
{
	plan_text middle = { { { "10.1.0.0/24", "10.1.0.5", "10.1.0.7", "10.1.0.6" } } };
	plan_text last = { { { "10.1.0.0/24", "10.1.0.5", "10.1.0.7", "10.1.0.7" } } };
	plan_text alone = { { { "10.1.0.0/24", "10.1.0.5", "10.1.0.5", "10.1.0.5" } } };
	plan_text very_last = { { { "ffff::/16", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", NULL,
				    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" } } };
	const char *dir = new_data_dir();

	add(dir, plan_of(middle)->pool, "a");
	is_str(add(dir, plan_of(middle)->pool, "b"), "10.1.0.7/24", "in the middle");
	has_str(add(dir, plan_of(middle)->pool, "c"), "104 ", "it is not the last resort");
	dir = new_data_dir();
	add(dir, plan_of(last)->pool, "a");
	is_str(add(dir, plan_of(last)->pool, "b"), "10.1.0.6/24", "at the end");
	has_str(add(dir, plan_of(last)->pool, "c"), "104 ", "which is stepped over");
	has_str(add(new_data_dir(), plan_of(alone)->pool, "a"), "104 ", "all there is");
	dir = new_data_dir();
	add(dir, plan_of(very_last)->pool, "a");
	has_str(add(dir, plan_of(very_last)->pool, "b"), "104 ", "the last of all addresses");
}

static void ranges_of_a_set_follow_each_other(void)
{
	plan_text text = {
		{ { "10.1.0.0/30" }, { "10.2.0.0/24", "10.2.0.9", "10.2.0.10" }, { "10.3.0.0/30" } }
	};
	const struct pool pool = plan_of(text)->pool;
	const char *dir = new_data_dir();

	is_str(add(dir, pool, "a"), "10.1.0.2/30", "the first range");
	is_str(add(dir, pool, "b"), "10.2.0.9/24", "the second, with its own length");
	is_str(add(dir, pool, "c"), "10.2.0.10/24", "all of it");
	is_str(add(dir, pool, "d"), "10.3.0.2/30", "the third");
	release_in(dir, &(struct owner){ "b", "eth0" });
	is_str(add(dir, pool, "e"), "10.2.0.9/24", "round to where one is free");
	has_str(add(dir, pool, "f"), "(10.1.0.1-10.1.0.2,10.2.0.9-10.2.0.10,10.3.0.1-10.3.0.2)",
		"full");
	release_in(dir, &(struct owner){ "d", "eth0" });
	release_in(dir, &(struct owner){ "a", "eth0" });
	put_text(dir, "last_reserved_ip.0", "10.2.0.10");
	is_str(add(dir, pool, "f"), "10.3.0.2/30", "the next range goes before the first");
	release_in(dir, &(struct owner){ "e", "eth0" });
	put_text(dir, "last_reserved_ip.0", "10.2.0.10");
	is_str(add(dir, pool, "g"), "10.1.0.2/30", "the first before the start of the cursor's");
	put_text(dir, "last_reserved_ip.0", "192.0.2.1");
	release_in(dir, &(struct owner){ "g", "eth0" });
	is_str(add(dir, pool, "h"), "10.1.0.2/30", "a cursor from elsewhere: from the start");
}

static void each_set_gives_one(void)
{
	plan_text text = { { { "10.1.0.0/24" } }, { { "fd00:1::/64" } } };
	const struct pool pool = plan_of(text)->pool;
	const char *dir = new_data_dir();

	is_str(add(dir, pool, "a"), "10.1.0.2/24 fd00:1::2/64", "dual stack");
	is_str(add(dir, pool, "b"), "10.1.0.3/24 fd00:1::3/64", "again");
	is_str(content(dir, "fd00:1::3"), "b\\r\\neth0", "both are reserved");
	is_str(content(dir, "last_reserved_ip.1"), "fd00:1::3", "each set has its cursor");
	is_str(add(dir, pool, "b"), "106 ipam: eth0 of container b already holds 10.1.0.3",
	       "an attachment gets its addresses once");
}

static void all_or_nothing(void)
{
	plan_text text = { { { "10.1.0.0/24" } }, { { "fd00:1::/126" } } };
	const struct pool pool = plan_of(text)->pool;
	const char *dir = new_data_dir();

	add(dir, pool, "a");
	is_str(add(dir, pool, "b"), "10.1.0.3/24 fd00:1::3/126", "the last pair");
	is_str(add(dir, pool, "c"),
	       "104 ipam: no address is free in range set 1 (fd00:1::1-fd00:1::3)",
	       "the second set is full");
	is_true(!exists(dir, "10.1.0.4"), "the first set has its address back");
	is_int(held_in(dir, &(struct owner){ "c", "eth0" }), 0, "nothing is held");
	release_in(dir, &(struct owner){ "a", "eth0" });
	unlink(path_of(dir, "last_reserved_ip.1"));
	mkdir(path_of(dir, "last_reserved_ip.1"), 0755);
	has_str(add(dir, pool, "c"), "last_reserved_ip.1", "a cursor that cannot be written");
	is_int(held_in(dir, &(struct owner){ "c", "eth0" }), 0, "leaves nothing, too");
}

static void somebody_else_may_be_faster(void)
{
	plan_text text = { { { "10.1.0.0/24" } } };
	struct plan *plan = plan_of(text);
	const char *dir = new_data_dir();
	struct store *s = open_store(dir);
	char address[PREFIX_STR_MAX];
	struct lease lease;
	int held = 0;

	is_int(s->ops->held(s, &c1, count_one, &held, NULL), 0, "the store has read its names");
	put_text(dir, "10.1.0.2", "x\r\neth0");
	put_text(dir, "10.1.0.3", "y\r\neth0");
	is_int(alloc_add(s, &plan->pool, &c1, &lease, NULL), 0, "what came since");
	s->ops->close(s);
	is_str(prefix_format(&lease.address, address), "10.1.0.4/24", "is stepped over");
}

static void requested_addresses_are_given(void)
{
	plan_text text = { { { "10.1.0.0/24", NULL, "10.1.0.99" } }, { { "fd00:1::/64" } } };
	const struct pool pool = plan_of(text)->pool;
	const char *dir = new_data_dir();

	is_str(add_requested(dir, pool, "a", "10.1.0.50", NULL), "10.1.0.50/24 fd00:1::2/64",
	       "one");
	is_str(add(dir, pool, "b"), "10.1.0.51/24 fd00:1::3/64", "the cursor went with it");
	is_str(add_requested(dir, pool, "c", "fd00:1::77", "10.1.0.20"),
	       "10.1.0.20/24 fd00:1::77/64", "two, in any order");
	is_str(add_requested(dir, pool, "d", "10.1.0.21", "10.1.0.21"),
	       "10.1.0.21/24 fd00:1::78/64", "the same one twice is one");
	is_str(add_requested(dir, pool, "e", "10.1.0.50", NULL),
	       "105 ipam: requested address 10.1.0.50 is taken", "not one that is taken");
	is_str(add_requested(dir, pool, "e", "10.1.0.30", "fd00:1::77"),
	       "105 ipam: requested address fd00:1::77 is taken", "in no set");
	is_str(add_requested(dir, pool, "e", "10.1.0.1", NULL),
	       "105 ipam: requested address 10.1.0.1 is its range's gateway", "not the gateway");
	is_str(add_requested(dir, pool, "e", "10.1.0.100", NULL),
	       "105 ipam: requested address 10.1.0.100 is in no range set", "not outside");
	has_str(add_requested(dir, pool, "e", "10.1.0.60", "10.1.0.61"),
		"105 ipam: requested address 10.1.0.61 is a second", "not two of one set");
	is_int(held_in(dir, &(struct owner){ "e", "eth0" }), 0, "and a refusal leaves nothing");
	is_str(add_requested(dir, pool, "d", "10.1.0.70", NULL),
	       "106 ipam: eth0 of container d already holds 10.1.0.21", "nor a second one");
}

static void a_lease_has_its_ranges_gateway(void)
{
	plan_text text = { { { "10.1.0.0/24", "10.1.0.9", NULL, "10.1.0.254" } },
			   { { "fd00:1::/64", NULL, NULL, "fe80::1" } } };
	struct plan *plan = plan_of(text);
	struct store *s = open_store(new_data_dir());
	struct lease leases[2];
	char gateway[IP_STR_MAX];

	is_int(alloc_add(s, &plan->pool, &c1, leases, NULL), 0, "two are given");
	s->ops->close(s);
	is_str(ip_format(&leases[0].gateway, gateway), "10.1.0.254", "IPv4's gateway");
	is_str(ip_format(&leases[1].gateway, gateway), "fe80::1", "IPv6's gateway");
}

static void crash_leftovers_are_used_last(void)
{
	plan_text text = { { { "10.1.0.0/29" } } };
	const struct pool pool = plan_of(text)->pool;
	const char *dir = new_data_dir();

	put_text(dir, "10.1.0.2", "");
	put_text(dir, "10.1.0.4", "");
	put_text(dir, "10.1.0.6", "x\r\neth0");
	is_str(add(dir, pool, "a"), "10.1.0.3/29", "what is free");
	is_str(add(dir, pool, "b"), "10.1.0.5/29", "what is free");
	is_str(add(dir, pool, "c"), "10.1.0.2/29", "then the empty ones");
	is_str(add(dir, pool, "d"), "10.1.0.4/29", "in turn");
	has_str(add(dir, pool, "e"), "104 ", "and each once");
	is_str(content(dir, "10.1.0.2"), "c\\r\\neth0", "they are whole again");
}

static void check_and_status_look(void)
{
	plan_text text = { { { "10.1.0.0/30" } }, { { "fd00:1::/64" } } };
	plan_text gateway = { { { "10.1.0.0/24", "10.1.0.5", "10.1.0.5", "10.1.0.5" } } };
	const char *dir = new_data_dir();
	struct err err = { 0 };
	struct store *s;
	struct pool pool = plan_of(gateway)->pool;

	is_true(alloc_status(NULL, &pool, &err) < 0, "a gateway alone is no room");
	err.code = 0;
	pool = plan_of(text)->pool;
	is_int(alloc_status(NULL, &pool, &err), 0, "where nothing is reserved there is room");
	add(dir, pool, "c1");
	s = open_store(dir);
	is_int(alloc_check(s, &pool, &c1, &err), 0, "the owner holds one of each set");
	is_true(alloc_check(s, &pool, &c2, &err) < 0, "another does not");
	is_int(err.code, CNI_ERR_CHANGED, "CHECK's code");
	has_str(err.msg, "eth0 of container c2 holds no address of range set 0",
		"and who and what");
	err.code = 0;
	is_true(alloc_status(s, &pool, &err) < 0, "a set is full");
	is_int(err.code, CNI_ERR_UNAVAILABLE, "STATUS's code");
	has_str(err.msg, "range set 0 (10.1.0.1-10.1.0.2)", "and which");
	s->ops->close(s);

	unlink(path_of(dir, "fd00:1::2"));
	s = open_store(dir);
	err.code = 0;
	is_true(alloc_check(s, &pool, &c1, &err) < 0, "one of two is not enough");
	has_str(err.msg, "range set 1 (fd00:1::1-", "it says which is missing");
	s->ops->close(s);
	unlink(path_of(dir, "10.1.0.2"));
	put_text(dir, "10.1.0.2", "");
	s = open_store(dir);
	is_int(alloc_status(s, &pool, &err), 0, "an empty file leaves room");
	s->ops->close(s);
}

int main(void)
{
	addresses_go_round();
	the_gateway_may_be_anywhere();
	ranges_of_a_set_follow_each_other();
	each_set_gives_one();
	all_or_nothing();
	somebody_else_may_be_faster();
	requested_addresses_are_given();
	a_lease_has_its_ranges_gateway();
	crash_leftovers_are_used_last();
	check_and_status_look();
	return test_done();
}
