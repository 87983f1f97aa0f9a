// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is proven dead, what rests, and what is kept for whom. */
#include "pkg/ipam/hold.h"

#include <sys/wait.h>
#include <time.h>

#include "test/unit/test_ipam.h"

#define OLD_BOOT "11111111-2222-3333-4444-555555555555"

/* Facts of this boot, or of an earlier one, of a pod. */
static struct facts facts_of(const char *boot, const char *pod, bool is_sticky, bool is_rested)
{
	struct facts f;

	facts_here(&f);
	if (boot)
		snprintf(f.boot, sizeof(f.boot), "%s", boot);
	snprintf(f.pod_namespace, sizeof(f.pod_namespace), "default");
	snprintf(f.pod_name, sizeof(f.pod_name), "%s", pod);
	f.is_sticky = is_sticky;
	f.is_rested = is_rested;
	return f;
}

/* Of three addresses: 10.1.0.2 to 10.1.0.4. */
static struct range small;
static struct range_set small_set = { .ranges = &small, .count = 1 };
static struct pool small_pool = { .sets = &small_set, .n_sets = 1 };

static bool netns_of_c1_is_gone(const struct facts *f, void *ctx)
{
	(void)ctx;
	return strcmp(f->netns, "/run/netns/gone") == 0;
}

/* One ADD; the address or "code message". */
static const char *add(const char *dir, const char *id, const struct facts *f, uint32_t cooldown_s)
{
	const struct owner o = { id, "eth0" };
	struct store *s = open_store(dir);
	static char out[512];
	struct err err = { 0 };
	struct lease lease;

	s->terms = (struct terms){ .facts = f,
				   .cooldown_s = cooldown_s,
				   .is_gone = netns_of_c1_is_gone };
	if (alloc_add(s, &small_pool, &o, &lease, &err) < 0)
		snprintf(out, sizeof(out), "%d %s", err.code, err.msg);
	else
		ip_format(&lease.address.ip, out);
	s->ops->close(s);
	return out;
}

static int del(const char *dir, const char *id)
{
	return release_in(dir, &(struct owner){ id, "eth0" });
}

static void facts_are_read_as_they_were_written(void)
{
	struct facts f = facts_of(NULL, "web-0", true, true), read;
	char text[FACTS_MAX], again[FACTS_MAX];

	f.home = UINT64_MAX;
	f.cookie = 4711;
	f.nsid = 0;
	snprintf(f.netns, sizeof(f.netns), "/run/netns/x=y");
	facts_parse(facts_format(&f, text), &read);
	is_str(facts_format(&read, again), text, "the same text");
	is_true(read.home == UINT64_MAX && read.cookie == 4711 && read.nsid == 0 &&
			read.is_sticky && read.is_rested,
		"the same numbers, an id of 0 too");
	snprintf(f.netns, sizeof(f.netns), "/a\nboot=x");
	facts_parse(facts_format(&f, text), &read);
	is_true(!read.netns[0] && strcmp(read.boot, f.boot) == 0, "a line end is not taken over");
	facts_parse("", &read);
	is_true(!read.boot[0] && read.nsid == -1 && !facts_have_pod(&read), "of nothing: nothing");
	facts_parse("=\nboot\nnsid=99999999999\nnsid\n====\n", &read);
	is_true(read.nsid == -1, "of nonsense: nothing");
}

static void another_boot_of_this_machine_is_proof(void)
{
	struct facts here, f;

	facts_here(&here);
	f = here;
	is_true(!facts_is_earlier_boot(&f, &here), "this boot is not over");
	strcpy(f.boot, OLD_BOOT);
	is_true(facts_is_earlier_boot(&f, &here), "another is");
	strcpy(f.machine, "0123456789abcdef0123456789abcdef");
	is_true(!facts_is_earlier_boot(&f, &here), "another machine's may live");
	f.machine[0] = '\0';
	is_true(!facts_is_earlier_boot(&f, &here), "and so may one of a machine unknown");
	here.machine[0] = '\0';
	is_true(!facts_is_earlier_boot(&f, &here), "or both unknown");
	f = here;
	f.boot[0] = '\0';
	is_true(!facts_is_earlier_boot(&f, &here), "and one of a boot unknown");
}

static void dead_owners_addresses_are_used_when_nothing_else_is_left(void)
{
	struct facts old = facts_of(OLD_BOOT, "a", false, false), now = facts_of(NULL, "b", 0, 0);
	const char *dir = new_data_dir();

	add(dir, "a", &old, 0);
	add(dir, "b", &now, 0);
	is_str(add(dir, "c", &now, 0), "10.1.0.4", "what is free goes first");
	is_str(add(dir, "d", &now, 0), "10.1.0.2", "then what an earlier boot left");
	is_str(content(dir, "10.1.0.2"), "d\\r\\neth0", "it is the new owner's");
	is_int(del(dir, "a"), 0, "a late DEL of the old one finds nothing of its own");
	is_str(content(dir, "10.1.0.2"), "d\\r\\neth0", "and takes nothing from the new one");
	has_str(add(dir, "e", &now, 0), "104 ", "what may live is left alone");
}

static void a_container_of_an_earlier_boot_is_started_again(void)
{
	struct facts old = facts_of(OLD_BOOT, "a", false, false), now = facts_of(NULL, "a", 0, 0);
	const char *dir = new_data_dir();

	add(dir, "a", &old, 0);
	is_str(add(dir, "a", &now, 0), "10.1.0.3", "under the id that it had");
	is_str(content(dir, "10.1.0.2"), "(none)", "and what it held then is free");
	has_str(add(dir, "a", &now, 0), "106 ", "while it lives it holds one");
}

static void a_netns_that_is_gone_frees_its_address(void)
{
	struct facts now = facts_of(NULL, "b", false, false), gone = now;
	const char *dir = new_data_dir();

	snprintf(gone.netns, sizeof(gone.netns), "/run/netns/gone");
	add(dir, "a", &now, 0);
	add(dir, "b", &gone, 0);
	add(dir, "c", &now, 0);
	is_str(add(dir, "d", &now, 0), "10.1.0.3", "the proven one's");
	has_str(add(dir, "e", &now, 0), "104 ", "and no other");
}

static void without_facts_nothing_is_taken(void)
{
	struct facts now = facts_of(NULL, "b", false, false);
	const char *dir = new_data_dir();

	put_text(dir, "10.1.0.2", "a\r\neth0");
	put_text(dir, "10.1.0.3", "b\r\neth0");
	put_text(dir, "10.1.0.4", "c");
	has_str(add(dir, "d", &now, 0), "104 ", "the reference's reservations stand");
}

static void a_dead_owners_address_can_be_asked_for(void)
{
	struct facts old = facts_of(OLD_BOOT, "a", false, false), now = facts_of(NULL, "b", 0, 0);
	const char *dir = new_data_dir();
	struct ip wish = ip_of("10.1.0.2");

	add(dir, "a", &old, 0);
	small_pool.requested = &wish;
	small_pool.n_requested = 1;
	is_str(add(dir, "b", &now, 0), "10.1.0.2", "it is given");
	has_str(add(dir, "c", &now, 0), "105 ", "but not a second time");
	small_pool.n_requested = 0;
	is_int(del(dir, "a"), 0, "the old owner's DEL is late");
	is_str(content(dir, "10.1.0.2"), "b\\r\\neth0", "and too late");
}

static void an_address_rests(void)
{
	struct facts f = facts_of(NULL, "", false, true);
	const char *dir = new_data_dir();

	add(dir, "a", &f, 2);
	add(dir, "b", &f, 2);
	is_int(del(dir, "a"), 1, "one is given back");
	is_true(!exists(dir, "10.1.0.2"), "it is no reservation any more");
	is_str(add(dir, "c", &f, 2), "10.1.0.4", "the others go first");
	has_str(add(dir, "d", &f, 2), "104 ", "and then none, for it rests");
	unlink(path_of(dir, "../.ipvlan/" NETWORK "/index"));
	has_str(add(dir, "d", &f, 2), "104 ", "though the index is lost");
	sleep(3);
	is_str(add(dir, "d", &f, 2), "10.1.0.2", "until its time is over");
	has_str(add(dir, "e", &f, 2), "104 ", "once");
}

static void a_pod_gets_its_address_again(void)
{
	struct facts web = facts_of(NULL, "web-0", true, false);
	struct facts other = facts_of(NULL, "other", true, false);
	const char *dir = new_data_dir();

	small_pool.is_sticky = true;
	add(dir, "a", &web, 0);
	add(dir, "b", &other, 0);
	del(dir, "a");
	is_str(add(dir, "a2", &web, 0), "10.1.0.2", "under another container id");
	del(dir, "a2");
	unlink(path_of(dir, "../.ipvlan/" NETWORK "/index"));
	is_str(add(dir, "a3", &web, 0), "10.1.0.2", "though the index is lost");
	del(dir, "a3");
	is_str(add(dir, "x", &(struct facts){ .nsid = -1 }, 0), "10.1.0.4",
	       "others take what is free first");
	is_str(add(dir, "y", &(struct facts){ .nsid = -1 }, 0), "10.1.0.2",
	       "and then the one that waits");
	del(dir, "x");
	is_str(add(dir, "a4", &web, 0), "10.1.0.4", "the pod has to do with another");
	small_pool.is_sticky = false;
}

static void a_pod_gets_its_address_again_after_a_reboot(void)
{
	struct facts old = facts_of(OLD_BOOT, "web-0", true, false);
	struct facts web = facts_of(NULL, "web-0", true, false);
	const char *dir = new_data_dir();

	small_pool.is_sticky = true;
	put_text(dir, "10.1.0.2", "x\r\neth0");
	add(dir, "a", &old, 0);
	is_str(add(dir, "b", &web, 0), "10.1.0.3", "the dead one's is taken over");
	is_int(del(dir, "a"), 0, "whose DEL is too late");
	is_str(content(dir, "10.1.0.3"), "b\\r\\neth0", "to take it away");
	is_str(add(dir, "c", &web, 0), "10.1.0.4", "one that lives keeps it: another is given");
	small_pool.is_sticky = false;
}

static void the_oldest_of_those_that_wait_goes_first(void)
{
	struct facts pods[3];
	const char *dir = new_data_dir();
	static const char *const names[] = { "p0", "p1", "p2" };

	for (int i = 0; i < 3; i++) {
		pods[i] = facts_of(NULL, names[i], true, false);
		add(dir, names[i], &pods[i], 0);
	}
	del(dir, "p1");
	sleep(1);
	del(dir, "p2");
	del(dir, "p0");
	is_str(add(dir, "x", NULL, 0), "10.1.0.3", "the one released first");
	small_pool.is_sticky = true;
	is_str(add(dir, "p0-again", &pods[0], 0), "10.1.0.2", "the others still wait");
	small_pool.is_sticky = false;
}

static void who_holds_it_now_ends_its_rest(void)
{
	struct facts web = facts_of(NULL, "web-0", true, false);
	const char *dir = new_data_dir();

	small_pool.is_sticky = true;
	add(dir, "a", &web, 0);
	del(dir, "a");
	is_true(exists(dir, "../.ipvlan/" NETWORK "/rest/10.1.0.2"), "an address waits for its pod");
	put_text(dir, "10.1.0.2", "other\r\neth0");
	is_str(add(dir, "b", &web, 0), "10.1.0.3", "that another plugin gave meanwhile");
	is_true(!exists(dir, "../.ipvlan/" NETWORK "/rest/10.1.0.2"), "it waits no more");
	is_str(content(dir, "10.1.0.2"), "other\\r\\neth0", "and stays the other's");
	small_pool.is_sticky = false;
}

static void what_is_excluded_is_never_given(void)
{
	const struct span exclude[] = { { .first = ip_of("10.1.0.2"), .last = ip_of("10.1.0.3") } };
	const char *dir = new_data_dir();
	struct ip wish = ip_of("10.1.0.3");

	small_pool.exclude = exclude;
	small_pool.n_exclude = 1;
	is_str(add(dir, "a", NULL, 0), "10.1.0.4", "it is stepped over");
	has_str(add(dir, "b", NULL, 0), "104 ", "and not the last resort");
	small_pool.requested = &wish;
	small_pool.n_requested = 1;
	is_str(add(dir, "b", NULL, 0), "105 ipam: requested address 10.1.0.3 is excluded",
	       "nor given when asked for");
	small_pool.n_exclude = small_pool.n_requested = 0;
}

static void what_is_reserved_is_that_pods(void)
{
	const struct reserved reserved[] = { { "default/db", ip_of("10.1.0.2") },
					     { "default/db", ip_of("10.1.0.6") } };
	struct facts db = facts_of(NULL, "db", false, false), web = facts_of(NULL, "web", 0, 0);
	const char *dir = new_data_dir();
	struct ip wish = ip_of("10.1.0.2");

	small_pool.reserved = reserved;
	small_pool.n_reserved = 2;
	is_str(add(dir, "a", &web, 0), "10.1.0.3", "others do not get it");
	is_str(add(dir, "b", &db, 0), "10.1.0.2", "the pod does");
	is_str(add(dir, "c", &db, 0), "10.1.0.6", "then its second, outside of the range");
	is_str(add(dir, "d", &db, 0),
	       "11 ipam: 10.1.0.6, reserved for pod default/db, is still held",
	       "and then none: it is to come again");
	small_pool.requested = &wish;
	small_pool.n_requested = 1;
	is_str(add(dir, "e", &web, 0), "105 ipam: requested address 10.1.0.2 is reserved for "
				       "another pod",
	       "another cannot ask for it");
	small_pool.n_requested = 0;
	is_str(add(dir, "e", &web, 0), "10.1.0.4", "it takes another");
	has_str(add(dir, "f", &web, 0), "104 ", "as long as there are some");
	small_pool.n_reserved = 0;
}

static void given_addresses_are_held_against_others(void)
{
	const struct lease leases[] = { { .address = { ip_of("10.1.0.2"), 24 } },
					{ .address = { ip_of("fd00::2"), 64 } },
					{ .address = { ip_of("10.1.0.2"), 24 } } };
	struct store *s = open_store(new_data_dir());
	struct err err = { 0 };
	size_t released;

	is_int(hold_add(s, leases, 3, &c1, &err), 0, "two are held, one of them named twice");
	is_int(hold_add(s, leases, 3, &c1, &err), 0, "by the same again, which is fine");
	is_int(hold_check(s, leases, 3, &c1, &err), 0, "and CHECK finds them");
	is_int(hold_add(s, &leases[1], 1, &c2, &err), -EEXIST, "another is refused");
	is_int(err.code, CNI_ERR_ADDRESS, "with the address's code");
	has_str(err.msg, "address fd00::2 is held by another attachment", "and the address");
	is_true(hold_check(s, leases, 1, &c2, NULL) < 0, "and holds nothing");
	s->ops->release(s, &c1, &released, NULL);
	is_int((int)released, 2, "both are given back");
	reserve(s, "fd00::2", &c2, NULL);
	is_int(hold_add(s, leases, 3, &c1, NULL), -EEXIST, "one of two is taken");
	is_true(hold_check(s, leases, 1, &c1, NULL) < 0, "the other is not kept");
	s->ops->close(s);
}

static void canceled_addresses_do_not_rest(void)
{
	struct facts web = facts_of(NULL, "web", true, true);
	struct store *s = open_store(new_data_dir());
	struct ip ip = ip_of("10.1.0.2"), found;

	s->terms.facts = &web;
	s->ops->reserve(s, &ip, &c1, NULL);
	s->ops->cancel(s, &ip, NULL);
	is_int(s->ops->next_free(s, &ip, &ip, &found, NULL), 0, "it is free at once");
	s->ops->close(s);
}

int main(void)
{
	small = complete_range_of("10.1.0.0/24", "10.1.0.2", "10.1.0.4");
	facts_are_read_as_they_were_written();
	another_boot_of_this_machine_is_proof();
	dead_owners_addresses_are_used_when_nothing_else_is_left();
	a_container_of_an_earlier_boot_is_started_again();
	a_netns_that_is_gone_frees_its_address();
	without_facts_nothing_is_taken();
	a_dead_owners_address_can_be_asked_for();
	an_address_rests();
	a_pod_gets_its_address_again();
	a_pod_gets_its_address_again_after_a_reboot();
	the_oldest_of_those_that_wait_goes_first();
	who_holds_it_now_ends_its_rest();
	what_is_excluded_is_never_given();
	what_is_reserved_is_that_pods();
	given_addresses_are_held_against_others();
	canceled_addresses_do_not_rest();
	return test_done();
}
