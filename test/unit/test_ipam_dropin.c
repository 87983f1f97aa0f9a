// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reference host-local and ours on one directory, in turn: a node may change plugin at any
 * time, and back. Beside it the same commands by the reference alone: addresses and files have to
 * come out the same, byte for byte.
 */
#include "pkg/ipam/alloc.h"

#include <dirent.h>
#include <sys/wait.h>

#include "test/unit/test_ipam.h"

#define REFERENCE  "/usr/lib/cni/host-local"
#define COMMANDS   200
#define CONTAINERS 48 /* more than there are addresses: some are refused */

#define RANGES                                                                               \
	"[[{\"subnet\":\"10.1.0.0/27\"},"                                                    \
	"{\"subnet\":\"10.2.0.0/28\",\"rangeStart\":\"10.2.0.4\",\"rangeEnd\":\"10.2.0.9\"," \
	"\"gateway\":\"10.2.0.6\"}],"                                                        \
	"[{\"subnet\":\"fd00:1::/64\",\"rangeStart\":\"fd00:1::fffe\"}]]"

static unsigned int random_below(unsigned int limit)
{
	static uint32_t state = 1; /* the same commands in each run */

	state = state * 1664525 + 1013904223;
	return (state >> 8) % limit;
}

/* Adds what is behind each `"address": "` of the reference's JSON to out. */
static void collect_addresses(const char *json, char *out, size_t size)
{
	static const char key[] = "\"address\": \"";

	out[0] = '\0';
	while ((json = strstr(json, key)) != NULL) {
		size_t used = strlen(out);

		json += strlen(key);
		snprintf(out + used, size - used, "%.*s ", (int)strcspn(json, "\""), json);
	}
}

/* 0 and what it gave, or -1. */
static int run_reference(const char *data_dir, const char *verb, const char *id,
			 const char *requested, char *out, size_t size)
{
	char command[2048], answer[4096];
	size_t len;
	FILE *f;

	snprintf(
		command, sizeof(command),
		"CNI_COMMAND=%s CNI_CONTAINERID=%s CNI_NETNS=/none CNI_IFNAME=eth0 CNI_PATH=/none " REFERENCE
		" <<'END'\n{\"cniVersion\":\"0.4.0\",\"name\":\"" NETWORK "\",\"type\":\"t\","
		"\"args\":{\"cni\":{\"ips\":[%s%s%s]}},\"ipam\":{\"type\":\"host-local\","
		"\"dataDir\":\"%s\",\"ranges\":" RANGES "}}\nEND",
		verb, id, *requested ? "\"" : "", requested, *requested ? "\"" : "", data_dir);
	fflush(stdout);
	f = popen(command, "r");
	len = f ? fread(answer, 1, sizeof(answer) - 1, f) : 0;
	answer[len] = '\0';
	collect_addresses(answer, out, size);
	return f && pclose(f) == 0 ? 0 : -1;
}

static int run_ours(const char *data_dir, const char *verb, const char *id, const char *requested,
		    char *out, size_t size)
{
	struct range ranges[] = {
		complete_range_of("10.1.0.0/27", NULL, NULL),
		range_of("10.2.0.0/28", "10.2.0.4", "10.2.0.9", "10.2.0.6"),
		complete_range_of("fd00:1::/64", "fd00:1::fffe", NULL),
	};
	const struct range_set sets[] = { { .ranges = ranges, .count = 2 },
					  { .ranges = &ranges[2], .count = 1 } };
	const struct ip wish = ip_of(requested);
	const struct pool pool = { .sets = sets,
				   .n_sets = 2,
				   .requested = &wish,
				   .n_requested = *requested ? 1 : 0 };
	const struct owner o = { id, "eth0" };
	char text[2][PREFIX_STR_MAX];
	struct store *s = open_store(data_dir);
	struct lease leases[2];
	size_t released;
	int rc;

	out[0] = '\0';
	if (strcmp(verb, "DEL") == 0) {
		rc = s->ops->release(s, &o, &released, NULL);
	} else {
		rc = alloc_add(s, &pool, &o, leases, NULL);
		if (rc == 0)
			snprintf(out, size, "%s %s ", prefix_format(&leases[0].address, text[0]),
				 prefix_format(&leases[1].address, text[1]));
	}
	s->ops->close(s);
	return rc < 0 ? -1 : 0;
}

static size_t count_files(const char *data_dir)
{
	DIR *dir = opendir(path_of(data_dir, ""));
	size_t count = 0;

	while (dir && readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* How many files of one are not in the other with the same content. */
static size_t count_different(const char *one, const char *other)
{
	DIR *dir = opendir(path_of(one, ""));
	struct dirent *entry;
	size_t different = 0;
	char mine[512];

	while (dir && (entry = readdir(dir)) != NULL) {
		snprintf(mine, sizeof(mine), "%s", content(one, entry->d_name));
		if (entry->d_name[0] != '.' && strcmp(mine, content(other, entry->d_name)) != 0)
			different++;
	}
	closedir(dir);
	return different;
}

static void both_give_the_same_in_turn(void)
{
	char alone[128], mixed[128], expected[256], got[256], requested[IP_STR_MAX], id[32];
	bool is_live[CONTAINERS] = { false };
	int refused = 0, differ = 0;

	snprintf(alone, sizeof(alone), "%s", new_data_dir());
	snprintf(mixed, sizeof(mixed), "%s", new_data_dir());
	for (unsigned int i = 0; i < COMMANDS; i++) {
		unsigned int container = random_below(CONTAINERS);
		const char *verb = is_live[container] ? "DEL" : "ADD";
		int rc, want;

		snprintf(id, sizeof(id), "container-%u", container);
		requested[0] = '\0';
		if (!is_live[container] && random_below(5) == 0)
			snprintf(requested, sizeof(requested), "10.1.0.%u", 1 + random_below(30));
		want = run_reference(alone, verb, id, requested, expected, sizeof(expected));
		rc = i % 2 ? run_ours(mixed, verb, id, requested, got, sizeof(got)) :
			     run_reference(mixed, verb, id, requested, got, sizeof(got));
		is_live[container] = want == 0 && !is_live[container];
		refused += want < 0;
		if (rc != want || strcmp(expected, got) != 0)
			differ += !is_str(got, expected, "%u: %s %s %s", i, verb, id, requested);
	}
	is_int(differ, 0, "%d commands, each second one ours, give the same addresses", COMMANDS);
	is_true(refused > 0 && refused < COMMANDS / 4, "%d of them were refused by both", refused);
	is_true(count_files(alone) > 20, "there are reservations left to compare");
	is_int((int64_t)count_files(mixed), (int64_t)count_files(alone), "as many files");
	is_int((int64_t)count_different(alone, mixed), 0, "with the same names and content");
}

int main(void)
{
	if (is_true(access(REFERENCE, X_OK) == 0, REFERENCE " is installed"))
		both_give_the_same_in_turn();
	return test_done();
}
