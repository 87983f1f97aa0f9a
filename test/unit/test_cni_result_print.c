// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/result.h"

#include "pkg/base/mem.h"
#include "test/unit/test.h"

static struct ip ip_of(const char *text)
{
	struct ip ip = { 0 };

	ip_parse(text, &ip);
	return ip;
}

static struct prefix prefix_of(const char *text)
{
	struct prefix p = { 0 };

	prefix_parse(text, &p);
	return p;
}

static void add_ip(struct cni_result *r, const char *address, const char *gateway, int interface)
{
	struct prefix p = prefix_of(address);
	struct cni_ip *ip = cni_result_add_ip(r, &p);

	ip->gateway = ip_of(gateway);
	ip->interface = interface;
}

static struct cni_route *add_route(struct cni_result *r, const char *dst, const char *gw)
{
	struct prefix p = prefix_of(dst);
	struct cni_route *route = cni_result_add_route(r, &p);

	route->gw = ip_of(gw);
	return route;
}

/* All that a result can say. */
static struct cni_result full_result(void)
{
	static const char *const servers[] = { "10.1.0.53", "2001:db8::53", NULL };
	static const char *const search[] = { "a.example", NULL }, *const none[] = { NULL };
	struct cni_result r = { 0 };
	struct cni_interface *i = cni_result_add_interface(&r, "eth0");
	struct cni_route *route;

	i->mac = mem_str("02:00:00:00:00:01");
	i->sandbox = mem_str("/run/netns/x");
	i->mtu = 1450;
	i->socket_path = mem_str("/run/s");
	i->pci_id = mem_str("0000:00:01.0");
	cni_result_add_interface(&r, "host0");
	add_ip(&r, "10.1.0.5/24", "10.1.0.1", 0);
	add_ip(&r, "10.1.0.6/24", "", -1);
	add_ip(&r, "2001:db8::5/64", "2001:db8::1", 1);
	add_route(&r, "0.0.0.0/0", "10.1.0.1");
	route = add_route(&r, "::/0", "");
	route->mtu = 1400;
	route->advmss = 1360;
	route->priority = 4294967295;
	route->table = 0;
	route->scope = 0;
	r.dns.nameservers = mem_strs(servers);
	r.dns.domain = mem_str("example");
	r.dns.search = mem_strs(search);
	r.dns.options = mem_strs(none);
	return r;
}

#define DNS                                                                            \
	"    \"dns\": {\n        \"nameservers\": [\n            \"10.1.0.53\",\n"     \
	"            \"2001:db8::53\"\n        ],\n        \"domain\": \"example\",\n" \
	"        \"search\": [\n            \"a.example\"\n        ]\n    }\n}\n"

static const char until_0_2[] =
	"    \"ip4\": {\n        \"ip\": \"10.1.0.5/24\",\n        \"gateway\": \"10.1.0.1\",\n"
	"        \"routes\": [\n            {\n                \"dst\": \"0.0.0.0/0\",\n"
	"                \"gw\": \"10.1.0.1\"\n            }\n        ]\n    },\n"
	"    \"ip6\": {\n        \"ip\": \"2001:db8::5/64\",\n"
	"        \"gateway\": \"2001:db8::1\",\n"
	"        \"routes\": [\n            {\n                \"dst\": \"::/0\"\n            }\n"
	"        ]\n    },\n" DNS;

#define INTERFACES_1_0                                                        \
	"    \"interfaces\": [\n        {\n            \"name\": \"eth0\",\n" \
	"            \"mac\": \"02:00:00:00:00:01\",\n"                       \
	"            \"sandbox\": \"/run/netns/x\"\n        },\n"             \
	"        {\n            \"name\": \"host0\"\n        }\n    ],\n"

#define ROUTES_1_0                                                            \
	"    \"routes\": [\n        {\n            \"dst\": \"0.0.0.0/0\",\n" \
	"            \"gw\": \"10.1.0.1\"\n        },\n"                      \
	"        {\n            \"dst\": \"::/0\"\n        }\n    ],\n"

static const char until_0_4[] = INTERFACES_1_0
	"    \"ips\": [\n        {\n            \"version\": \"4\",\n"
	"            \"interface\": 0,\n"
	"            \"address\": \"10.1.0.5/24\",\n            \"gateway\": \"10.1.0.1\"\n"
	"        },\n        {\n            \"version\": \"4\",\n"
	"            \"address\": \"10.1.0.6/24\"\n        },\n        {\n"
	"            \"version\": \"6\",\n            \"interface\": 1,\n"
	"            \"address\": \"2001:db8::5/64\",\n            \"gateway\": \"2001:db8::1\"\n"
	"        }\n    ],\n" ROUTES_1_0 DNS;

#define IPS_1_0                                                                              \
	"    \"ips\": [\n        {\n            \"interface\": 0,\n"                         \
	"            \"address\": \"10.1.0.5/24\",\n            \"gateway\": \"10.1.0.1\"\n" \
	"        },\n        {\n            \"address\": \"10.1.0.6/24\"\n        },\n"      \
	"        {\n            \"interface\": 1,\n"                                         \
	"            \"address\": \"2001:db8::5/64\",\n"                                     \
	"            \"gateway\": \"2001:db8::1\"\n        }\n    ],\n"

static const char just_1_0[] = INTERFACES_1_0 IPS_1_0 ROUTES_1_0 DNS;

static const char just_1_1[] =
	"    \"interfaces\": [\n        {\n            \"name\": \"eth0\",\n"
	"            \"mac\": \"02:00:00:00:00:01\",\n            \"mtu\": 1450,\n"
	"            \"sandbox\": \"/run/netns/x\",\n            \"socketPath\": \"/run/s\",\n"
	"            \"pciID\": \"0000:00:01.0\"\n        },\n"
	"        {\n            \"name\": \"host0\"\n        }\n    ],\n" IPS_1_0
	"    \"routes\": [\n        {\n            \"dst\": \"0.0.0.0/0\",\n"
	"            \"gw\": \"10.1.0.1\"\n        },\n        {\n            \"dst\": \"::/0\",\n"
	"            \"mtu\": 1400,\n            \"advmss\": 1360,\n"
	"            \"priority\": 4294967295,\n            \"table\": 0,\n"
	"            \"scope\": 0\n        }\n    ],\n" DNS;

static const char *const bodies[CNI_VERSIONS] = {
	until_0_2, until_0_2, until_0_4, until_0_4, until_0_4, just_1_0, just_1_1,
};

static void each_version_says_what_it_can_and_no_more(void)
{
	struct cni_result r = full_result();

	for (enum cni_version v = 0; v < CNI_VERSIONS; v++) {
		char want[2048], *text = cni_result_print(&r, v, NULL);

		snprintf(want, sizeof(want), "{\n    \"cniVersion\": \"%s\",\n%s",
			 cni_version_name(v), bodies[v]);
		is_str(text, want, "all that %s can say", cni_version_name(v));
		free(text);
	}
	cni_result_free(&r);
	is_true(!r.interfaces && !r.ips && !r.routes && !r.dns.domain && !r.n_ips,
		"a result that was freed is empty");
}

static void what_was_printed_is_read_back_the_same(void)
{
	struct cni_result full = full_result();

	for (enum cni_version v = 0; v < CNI_VERSIONS; v++) {
		char *first = cni_result_print(&full, v, NULL), *again;
		struct cni_result r = { 0 };
		struct json root;
		cJSON *doc = NULL;

		json_parse(first, strlen(first), "result", &doc, NULL);
		root = json_root(doc);
		/* the version that it would be taken for is another one: its own must count */
		is_int(cni_result_parse(&root, v < CNI_0_3_0 ? CNI_1_1_0 : CNI_0_1_0, &r, NULL), 0,
		       "%s is read", cni_version_name(v));
		again = cni_result_print(&r, v, NULL);
		is_str(again, first, "and printed the same");
		free(again);
		for (enum cni_version w = 0; w < v; w++) {
			char want[2048];

			again = cni_result_print(&r, w, NULL);
			snprintf(want, sizeof(want), "{\n    \"cniVersion\": \"%s\",\n%s",
				 cni_version_name(w), bodies[w]);
			is_str(again, want, "… and converted to %s", cni_version_name(w));
			free(again);
		}
		free(first);
		cJSON_Delete(doc);
		cni_result_free(&r);
	}
	cni_result_free(&full);
}

static void an_empty_result_is_short(void)
{
	struct cni_result r = { 0 };

	for (enum cni_version v = 0; v < CNI_VERSIONS; v++) {
		struct err err = { 0 };
		char *text = cni_result_print(&r, v, &err), want[128];

		snprintf(want, sizeof(want), "{\n    \"cniVersion\": \"%s\"%s\n}\n",
			 cni_version_name(v), v < CNI_1_0_0 ? ",\n    \"dns\": {}" : "");
		is_str(text, v < CNI_0_3_0 ? NULL : want, "in %s", cni_version_name(v));
		is_int(err.code, v < CNI_0_3_0 ? CNI_ERR_CONFIG : 0, "with its code");
		if (v < CNI_0_3_0)
			has_str(err.msg, "cannot convert: no valid IP addresses",
				"an old one needs an address");
		free(text);
	}
}

static void an_old_result_takes_the_first_address_of_each_family(void)
{
	struct cni_result r = { 0 };
	char *text;

	add_ip(&r, "2001:db8::5/64", "", -1);
	add_route(&r, "10.0.0.0/8", "");
	text = cni_result_print(&r, CNI_0_2_0, NULL);
	is_str(text,
	       "{\n    \"cniVersion\": \"0.2.0\",\n    \"ip6\": {\n"
	       "        \"ip\": \"2001:db8::5/64\"\n    },\n    \"dns\": {}\n}\n",
	       "an IPv6 address alone, and no route of the family that is not there");
	free(text);
	add_ip(&r, "2001:db8::6/64", "", -1);
	add_ip(&r, "10.1.0.5/24", "", -1);
	text = cni_result_print(&r, CNI_0_1_0, NULL);
	is_str(text,
	       "{\n    \"cniVersion\": \"0.1.0\",\n    \"ip4\": {\n"
	       "        \"ip\": \"10.1.0.5/24\",\n        \"routes\": [\n            {\n"
	       "                \"dst\": \"10.0.0.0/8\"\n            }\n        ]\n    },\n"
	       "    \"ip6\": {\n        \"ip\": \"2001:db8::5/64\"\n    },\n    \"dns\": {}\n}\n",
	       "IPv4 comes first, the second IPv6 address is left out");
	free(text);
	cni_result_free(&r);
}

static void an_error_is_an_object_of_its_own(void)
{
	struct err err = { .code = 7, .msg = "mtu: \"x\"\n", .details = "why \xff" };
	char *text = cni_error_print(&err, "1.0.0");

	is_str(text,
	       "{\n    \"cniVersion\": \"1.0.0\",\n    \"code\": 7,\n"
	       "    \"msg\": \"mtu: \\\"x\\\"\\n\",\n    \"details\": \"why \xef\xbf\xbd\"\n}\n",
	       "with all its fields");
	free(text);
	err.details[0] = '\0';
	text = cni_error_print(&err, NULL);
	is_str(text, "{\n    \"code\": 7,\n    \"msg\": \"mtu: \\\"x\\\"\\n\"\n}\n",
	       "without details and version");
	free(text);
	text = cni_error_print(&err, "");
	is_true(!strstr(text, "cniVersion"), "an empty version is none");
	free(text);
}

int main(void)
{
	each_version_says_what_it_can_and_no_more();
	what_was_printed_is_read_back_the_same();
	an_empty_result_is_short();
	an_old_result_takes_the_first_address_of_each_family();
	an_error_is_an_object_of_its_own();
	return test_done();
}
