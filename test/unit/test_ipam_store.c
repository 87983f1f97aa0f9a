// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/store_dir.h"

#include <errno.h>

#include "test/unit/test_ipam.h"

static unsigned int mode_of(const char *data_dir, const char *name)
{
	struct stat st;

	return lstat(path_of(data_dir, name), &st) < 0 ? 0 : st.st_mode & 07777;
}

static void files_are_as_the_reference_writes_them(void)
{
	const char *dir = new_data_dir();
	struct store *s = open_store(dir);
	struct ip last = ip_of("2001:db8:1::2"), got;

	is_int(reserve(s, "10.1.0.2", &c1, NULL), 0, "an address is reserved");
	is_int(reserve(s, "2001:db8:1:0:0:0:0:2", &c1, NULL), 0, "and one of IPv6");
	is_int(s->ops->last_set(s, 12, &last, NULL), 0, "the cursor is kept");
	s->ops->last_get(s, 12, &got);
	is_int(ip_cmp(&got, &last), 0, "and read again");
	s->ops->close(s);
	is_str(content(dir, "10.1.0.2"), "c1\\r\\neth0", "the file says container and interface");
	is_str(content(dir, "2001:db8:1::2"), "c1\\r\\neth0", "IPv6 names are canonical");
	is_str(content(dir, "last_reserved_ip.12"), "2001:db8:1::2", "the cursor is the address");
	is_int(mode_of(dir, ""), 0755, "the directory is 0755");
	is_int(mode_of(dir, "10.1.0.2"), 0600, "a reservation is 0600");
	is_int(mode_of(dir, "last_reserved_ip.12"), 0600, "a cursor is 0600");
	is_true(exists(dir, "lock"), "the lock file stays");
}

static void an_address_is_given_once(void)
{
	const char *dir = new_data_dir();
	struct store *s = open_store(dir);
	struct ip ip = ip_of("10.1.0.2");
	struct err err = { 0 };

	is_int(reserve(s, "10.1.0.2", &c1, &err), 0, "an address is reserved");
	is_int(reserve(s, "10.1.0.2", &c2, &err), -EEXIST, "not for a second owner");
	is_int(reserve(s, "10.1.0.2", &c1, &err), -EEXIST, "and not for the same");
	is_true(!err_is_set(&err), "which is no error of the store");
	is_int(s->ops->cancel(s, &ip, &err), 0, "it is taken back");
	is_int(reserve(s, "10.1.0.2", &c2, &err), 0, "and reserved again");
	s->ops->close(s);
	is_str(content(dir, "10.1.0.2"), "c2\\r\\neth0", "by the other");
}

static void release_gives_back_the_owners_alone(void)
{
	const char *dir = new_data_dir();

	reserve_in(dir, "10.1.0.2", &c1);
	reserve_in(dir, "fd00::2", &c1);
	reserve_in(dir, "10.1.0.3", &(struct owner){ "c1", "net1" });
	reserve_in(dir, "10.1.0.4", &c2);
	put_text(dir, "10.1.0.5", " c1\r\neth0\n");
	is_int(held_in(dir, &c1), 3, "three addresses are the owner's");
	is_int(release_in(dir, &c1), 3, "all three are given back");
	is_true(!exists(dir, "10.1.0.2") && !exists(dir, "fd00::2"), "their files are gone");
	is_true(!exists(dir, "10.1.0.5"), "blanks around the text do not count");
	is_true(exists(dir, "10.1.0.3"), "the other interface keeps its address");
	is_true(exists(dir, "10.1.0.4"), "the other container, too");
	is_int(release_in(dir, &c1), 0, "a second release finds nothing, which is fine");
}

static void old_files_name_the_container_alone(void)
{
	const char *dir = new_data_dir();

	put_text(dir, "10.1.0.2", "c1");
	put_text(dir, "10.1.0.3", "c12");
	reserve_in(dir, "10.1.0.4", &c1);
	is_int(held_in(dir, &c1), 2, "an old file is the container's, too");
	is_int(release_in(dir, &c1), 1, "what names the interface goes first, alone");
	is_true(exists(dir, "10.1.0.2"), "the old file stays then");
	is_int(release_in(dir, &c1), 1, "with nothing else left the old file goes");
	is_true(!exists(dir, "10.1.0.2") && exists(dir, "10.1.0.3"), "and no other");
}

static void other_names_are_no_reservations(void)
{
	static const char *const names[] = { "lock",	  "last_reserved_ip.0",
					     "notes",	  "10.1.0.2.bak",
					     "10.1.0",	  ".10.1.0.2",
					     "10.1.0.02", "10.1.0.2~" };
	const char *dir = new_data_dir();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		put_text(dir, names[i], "c1\r\neth0");
	is_int(held_in(dir, &c1), 0, "nobody holds them");
	is_int(release_in(dir, &c1), 0, "release does not touch them");
	is_int(retain_in(dir, NULL, 0), 0, "nor does retain");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		is_true(exists(dir, names[i]), "%s is still there", names[i]);
}

static void another_spelling_takes_the_address(void)
{
	const char *dir = new_data_dir();

	put_text(dir, "FD00::0:2", "c1\r\neth0");
	is_str(next_free_in(dir, "fd00::2", "fd00::9"), "fd00::3", "FD00::0:2 is fd00::2");
	put_text(dir, "fd00::2", "c2\r\neth0");
	is_str(next_free_in(dir, "fd00::2", "fd00::9"), "fd00::3", "and is so once");
	is_int(release_in(dir, &c1), 0, "no host-local wrote it: it is nobody's");
}

static void the_lowest_free_address_is_found_without_trying(void)
{
	const char *dir = new_data_dir();
	char name[IP_STR_MAX];

	is_str(next_free_in(dir, "10.1.0.2", "10.1.0.9"), "10.1.0.2", "the first of none taken");
	for (int i = 2; i <= 40; i++) {
		snprintf(name, sizeof(name), "10.1.0.%d", i);
		put_text(dir, name, "c1\r\neth0");
	}
	put_text(dir, "fd00::ffff:ffff:ffff:fffe", "c1\r\neth0");
	put_text(dir, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "c1\r\neth0");
	is_str(next_free_in(dir, "10.1.0.2", "10.1.0.254"), "10.1.0.41", "the gap behind many");
	is_str(next_free_in(dir, "10.1.0.1", "10.1.0.254"), "10.1.0.1", "the gap before them");
	is_str(next_free_in(dir, "10.1.0.9", "10.1.0.40"), "", "none where all are taken");
	is_str(next_free_in(dir, "10.1.0.9", "10.1.0.8"), "", "none in a range of nothing");
	unlink(path_of(dir, "10.1.0.30"));
	is_str(next_free_in(dir, "10.1.0.2", "10.1.0.40"), "10.1.0.30", "a hole in between");
	is_str(next_free_in(dir, "fd00::1", "fd00::ffff:ffff:ffff:ffff"), "fd00::1",
	       "IPv6 has room");
	is_str(next_free_in(dir, "fd00::ffff:ffff:ffff:fffe", "fd00::ffff:ffff:ffff:ffff"),
	       "fd00::ffff:ffff:ffff:ffff", "up to the last of a /64");
	is_str(next_free_in(dir, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
			    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
	       "", "and nothing is behind the last of all");
}

static void what_was_reserved_counts_at_once(void)
{
	struct store *s = open_store(new_data_dir());
	struct ip first = ip_of("10.1.0.2"), last = ip_of("10.1.0.5"), ip;
	char text[IP_STR_MAX];

	is_int(s->ops->next_free(s, &first, &last, &ip, NULL), 0, "there is room");
	reserve(s, "10.1.0.4", &c1, NULL);
	reserve(s, "10.1.0.2", &c1, NULL);
	reserve(s, "10.1.0.3", &c1, NULL);
	is_int(s->ops->next_free(s, &first, &last, &ip, NULL), 0, "there is room for one");
	is_str(ip_format(&ip, text), "10.1.0.5", "behind those reserved since");
	s->ops->cancel(s, &first, NULL);
	is_int(s->ops->next_free(s, &first, &last, &ip, NULL), 0, "one was taken back");
	is_str(ip_format(&ip, text), "10.1.0.2", "and is free again");
	s->ops->close(s);
}

static void an_owner_that_does_not_fit_is_refused(void)
{
	const char *dir = new_data_dir();
	struct store *s = open_store(dir);
	struct err err = { 0 };
	char id[1100];

	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	is_int(reserve(s, "10.1.0.2", &(struct owner){ id, "eth0" }, &err), -ENAMETOOLONG,
	       "an id of %zu bytes is too long", sizeof(id) - 1);
	is_int(err.code, CNI_ERR_STATE, "with the state's code");
	s->ops->close(s);
	is_true(!exists(dir, "10.1.0.2"), "nothing was made");
}

static void retain_keeps_what_is_valid(void)
{
	const struct owner valid[] = { { "c9", "eth0" }, c2, { "c3", "net1" }, { "c3", "eth0" } };
	const char *dir = new_data_dir();

	reserve_in(dir, "10.1.0.2", &c1);
	reserve_in(dir, "10.1.0.3", &c2);
	reserve_in(dir, "10.1.0.4", &(struct owner){ "c2", "net1" });
	reserve_in(dir, "fd00::2", &(struct owner){ "c3", "net1" });
	put_text(dir, "10.1.0.5", "c3");
	put_text(dir, "10.1.0.6", "c1");
	is_int(retain_in(dir, valid, 4), 3, "three belong to none");
	is_true(exists(dir, "10.1.0.3") && exists(dir, "fd00::2"), "the valid ones stay");
	is_true(exists(dir, "10.1.0.5"), "the old file of a valid container stays");
	is_true(!exists(dir, "10.1.0.2") && !exists(dir, "10.1.0.4") && !exists(dir, "10.1.0.6"),
		"the others are gone");
}

static void a_cursor_is_a_hint(void)
{
	const char *dir = new_data_dir();
	struct store *s = open_store(dir);
	char text[IP_STR_MAX];
	struct ip ip = ip_of("10.1.0.1");

	s->ops->last_get(s, 0, &ip);
	is_true(!ip_is_set(&ip), "there is none in a new store");
	put_text(dir, "last_reserved_ip.0", "10.1.0.");
	s->ops->last_get(s, 0, &ip);
	is_true(!ip_is_set(&ip), "a torn one is none");
	put_text(dir, "last_reserved_ip.0", "10.1.0.77\n");
	s->ops->last_get(s, 0, &ip);
	is_str(ip_format(&ip, text), "10.1.0.77", "one that an editor touched is good");
	s->ops->close(s);
}

static void looking_makes_nothing(void)
{
	const char *dir = new_data_dir();
	struct store *s;
	size_t released;

	is_int(store_dir_open(dir, NETWORK, false, &s, NULL), 0,
	       "there is no store, which is fine");
	is_true(!s, "and none is given");
	is_true(!exists(dir, ""), "none was made");
	put_text(dir, "10.1.0.2", "c1\r\neth0");
	is_int(store_dir_open(dir, NETWORK, false, &s, NULL), 0,
	       "a directory without a lock opens");
	is_int(s->ops->release(s, &c1, &released, NULL), 0, "release works");
	is_int((int)released, 1, "and gives back");
	s->ops->close(s);
	is_true(!exists(dir, "lock"), "no lock file was made");
	is_int(store_dir_open(path_of(dir, "no/where"), NETWORK, false, &s, NULL), 0,
	       "no dataDir is fine, too");
	is_true(!s && !exists(dir, "no"), "none is given, none was made");
}

int main(void)
{
	files_are_as_the_reference_writes_them();
	an_address_is_given_once();
	release_gives_back_the_owners_alone();
	old_files_name_the_container_alone();
	other_names_are_no_reservations();
	another_spelling_takes_the_address();
	the_lowest_free_address_is_found_without_trying();
	what_was_reserved_counts_at_once();
	an_owner_that_does_not_fit_is_refused();
	retain_keeps_what_is_valid();
	a_cursor_is_a_hint();
	looking_makes_nothing();
	return test_done();
}
