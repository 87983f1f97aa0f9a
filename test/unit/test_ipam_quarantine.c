// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses that somebody on the network has, whom the store does not know. */
#include "pkg/ipam/alloc.h"

#include <time.h>

#include "test/unit/test_ipam.h"

#define MAC "02:00:00:00:00:99"

/* Of three addresses: 10.1.0.2 to 10.1.0.4. */
static struct range small;
static struct range_set small_set = { .ranges = &small, .count = 1 };
static struct pool small_pool = { .sets = &small_set, .n_sets = 1, .is_sticky = true };

/* ADD, and n times another address for what is in use; the address or "code message". */
static const char *add(const char *dir, const char *id, int n)
{
	const struct owner o = { id, "eth0" };
	struct store *s = open_store(dir);
	static char out[512];
	struct err err = { 0 };
	struct facts f;
	struct lease lease;
	int rc;

	facts_here(&f);
	snprintf(f.pod_name, sizeof(f.pod_name), "web-0");
	f.is_sticky = true;
	s->terms.facts = &f;
	rc = alloc_add(s, &small_pool, &o, &lease, &err);
	while (rc == 0 && n-- > 0)
		rc = alloc_replace(s, &small_pool, 0, &o, MAC, &lease, &err);
	if (rc < 0)
		snprintf(out, sizeof(out), "%d %s", rc == -EADDRNOTAVAIL ? rc : err.code, err.msg);
	else
		ip_format(&lease.address.ip, out);
	s->ops->close(s);
	return out;
}

static int find_in_use(const struct reservation *r, void *ctx)
{
	char text[IP_STR_MAX];

	if (r->is_resting && strcmp(r->facts->in_use_by, MAC) == 0)
		strcat(strcat(ctx, ip_format(&r->ip, text)), " ");
	return 0;
}

/* Those in quarantine, with a blank behind each; "index" if that differs. */
static const char *in_use(const char *dir)
{
	static char out[256];
	struct store *s = open_store(dir);
	size_t differ = 1;

	out[0] = '\0';
	store_dir_each(s, find_in_use, out, NULL);
	store_dir_check_index(s, &differ, NULL);
	s->ops->close(s);
	return differ ? "index" : out;
}

static void the_next_one_is_tried(void)
{
	const char *dir = new_data_dir();

	is_str(add(dir, "a", 1), "10.1.0.3", "another address for the one that is in use");
	is_str(in_use(dir), "10.1.0.2 ", "that one is listed with whose it is");
	is_int(held_in(dir, &(struct owner){ "a", "eth0" }), 1, "and not held any more");
	has_str(add(dir, "b", 1), "104 ", "until there is none left");
	has_str(in_use(dir), "10.1.0.4 ", "and that is listed, too");
}

static void it_is_not_given_before_its_time(void)
{
	const char *dir = new_data_dir();
	struct timespec then[2] = { { .tv_sec = time(NULL) - QUARANTINE_S + 60 } };

	then[1] = then[0];
	add(dir, "a", 1);
	is_int(release_in(dir, &(struct owner){ "a", "eth0" }), 1, "what it holds is given back");
	is_str(add(dir, "b", 0), "10.1.0.3", "the same pod gets what it had, not what is in use");
	is_str(add(dir, "c", 0), "10.1.0.4", "the next one");
	has_str(add(dir, "d", 0), "104 ", "then none");
	utimensat(AT_FDCWD, path_of(dir, "../.ipvlan/" NETWORK "/rest/10.1.0.2"), then, 0);
	has_str(add(dir, "d", 0), "104 ", "nor a minute before its time");
	then[0].tv_sec -= 61;
	then[1] = then[0];
	utimensat(AT_FDCWD, path_of(dir, "../.ipvlan/" NETWORK "/rest/10.1.0.2"), then, 0);
	is_str(add(dir, "d", 0), "10.1.0.2", "but when its time is over");
	is_str(in_use(dir), "", "and then it is forgotten");
}

static void what_was_asked_for_is_not_replaced(void)
{
	const char *dir = new_data_dir();
	struct ip wish = ip_of("10.1.0.3");
	struct reserved own = { "/web-0", ip_of("10.1.0.4") };

	small_pool.requested = &wish;
	small_pool.n_requested = 1;
	is_int(atoi(add(dir, "a", 1)), -EADDRNOTAVAIL, "no other one than what was asked for");
	is_str(in_use(dir), "10.1.0.3 ", "which nobody gets by chance");
	is_str(add(dir, "b", 0), "10.1.0.3", "but who asks for it");
	small_pool.n_requested = 0;
	small_pool.reserved = &own;
	small_pool.n_reserved = 1;
	is_int(atoi(add(dir, "c", 1)), -EADDRNOTAVAIL, "no other one than what is the pod's");
	small_pool.n_reserved = 0;
}

int main(void)
{
	small = complete_range_of("10.1.0.0/29", "10.1.0.2", "10.1.0.4");
	the_next_one_is_tried();
	it_is_not_given_before_its_time();
	what_was_asked_for_is_not_replaced();
	return test_done();
}
