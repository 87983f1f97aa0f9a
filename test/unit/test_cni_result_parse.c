// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/result.h"

#include <errno.h>

#include "test/unit/test.h"

/* Parses the text as prevResult of a configuration of this version. */
static int parse(const char *text, enum cni_version version, struct cni_result *r, struct err *err)
{
	char conf[2048];
	struct json root, prev;
	cJSON *doc = NULL;
	int rc;

	snprintf(conf, sizeof(conf), "{\"prevResult\":%s}", text);
	*err = (struct err){ 0 };
	if (json_parse(conf, strlen(conf), "conf", &doc, err) < 0)
		is_true(false, "%s is JSON: %s", text, err->msg);
	root = json_root(doc);
	prev = json_get(&root, "prevResult");
	memset(r, 0x5a, sizeof(*r)); /* it must not be read */
	rc = cni_result_parse(&prev, version, r, err);
	cJSON_Delete(doc);
	return rc;
}

/* What was read, in the version that says most of it. */
static void reads_as(const char *text, enum cni_version version, const char *want,
		     const char *sentence)
{
	struct cni_result r;
	struct err err;
	char *got, *to;

	is_int(parse(text, version, &r, &err), 0, "%s: it is read", sentence);
	is_str(err.msg, "", "%s: no error", sentence);
	got = to = cni_result_print(&r, CNI_1_1_0, NULL);
	for (const char *from = got; *from; from++) /* one line reads better here */
		if (*from != ' ' && *from != '\n')
			*to++ = *from;
	*to = '\0';
	is_str(got, want, "%s", sentence);
	free(got);
	cni_result_free(&r);
}

#define V "{\"cniVersion\":\"1.1.0\""

static void results_of_real_plugins_are_read(void)
{
	reads_as(
		"{\"cniVersion\":\"0.4.0\",\"ips\":[{\"version\":\"4\",\"address\":\"10.1.0.5/24\","
		"\"gateway\":\"10.1.0.1\"}],\"routes\":[{\"dst\":\"0.0.0.0/0\"}],\"dns\":{}}",
		CNI_0_4_0,
		V ",\"ips\":[{\"address\":\"10.1.0.5/24\",\"gateway\":\"10.1.0.1\"}],"
		  "\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}",
		"host-local's answer");
	reads_as("{\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/n\"}],\"ips\":[{\"version\":"
		 "\"4\",\"interface\":0,\"address\":\"10.1.0.5/24\"}],"
		 "\"dns\":{\"nameservers\":[\"1\"]}}",
		 CNI_0_3_1,
		 V ",\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/n\"}],"
		   "\"ips\":[{\"interface\":0,"
		   "\"address\":\"10.1.0.5/24\"}],\"dns\":{\"nameservers\":[\"1\"]}}",
		 "a prevResult without a version is of the configuration's");
	reads_as("{\"ip4\":{\"ip\":\"10.1.0.5/24\",\"gateway\":\"10.1.0.1\",\"routes\":[{\"dst\":"
		 "\"0.0.0.0/0\",\"gw\":\"10.1.0.2\"}]},\"dns\":{\"domain\":\"d\"}}",
		 CNI_0_2_0,
		 V ",\"ips\":[{\"address\":\"10.1.0.5/24\",\"gateway\":\"10.1.0.1\"}],\"routes\":"
		   "[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.1.0.2\"}],\"dns\":{\"domain\":\"d\"}}",
		 "an answer of 0.2.0 without a version");
	reads_as("{\"cniVersion\":\"0.1.0\",\"ip6\":{\"ip\":\"2001:db8::5/64\"},"
		 "\"ips\":[{\"address\":\"10.1.0.5/24\"}]}",
		 CNI_1_0_0, V ",\"ips\":[{\"address\":\"2001:db8::5/64\"}]}",
		 "the result's own version counts, and its fields alone");
	reads_as("{\"cniVersion\":\"1.0.0\",\"ip4\":{\"ip\":\"10.1.0.5/24\"}}", CNI_0_1_0, V "}",
		 "an ip4 of later is nothing");
	reads_as("{\"ips\":[{\"interface\":0,\"address\":\"10.1.0.5/24\"}]}", CNI_1_0_0,
		 V ",\"ips\":[{\"address\":\"10.1.0.5/24\"}]}",
		 "an index where there are no interfaces is none");
	reads_as("{\"interfaces\":[{}],\"ips\":[{\"interface\":-1,\"address\":\"10.1.0.5/24\"}]}",
		 CNI_1_0_0,
		 V ",\"interfaces\":[{\"name\":\"\"}],\"ips\":[{\"address\":\"10.1.0.5/24\"}]}",
		 "an interface without a name, an address of none");
}

static void what_is_not_said_is_nothing(void)
{
	reads_as("null", CNI_1_0_0, V "}", "no result");
	reads_as("{}", CNI_1_0_0, V "}", "an empty result");
	reads_as("{}", CNI_0_1_0, V "}", "an empty old result");
	reads_as("{\"cniVersion\":\"\"}", CNI_1_0_0, V "}", "an empty version");
	reads_as("{\"interfaces\":null,\"ips\":[],\"routes\":[null],\"dns\":null,\"what\":{}}",
		 CNI_1_0_0, V "}", "null, no elements, unknown keys");
	reads_as("{\"dns\":{\"nameservers\":[],\"domain\":\"\",\"search\":[null]}}", CNI_1_0_0,
		 V "}", "a dns object that says nothing");
	reads_as("{\"ips\":[{\"address\":\"10.1.0.5/24\",\"gateway\":\"\"}],\"routes\":[{\"dst\":"
		 "\"::/0\",\"gw\":\"\",\"mtu\":0}]}",
		 CNI_1_0_0,
		 V ",\"ips\":[{\"address\":\"10.1.0.5/24\"}],\"routes\":[{\"dst\":\"::/0\"}]}",
		 "empty addresses and a zero mtu");
}

static void a_wrong_result_is_refused_with_the_place(void)
{
	static const struct {
		enum cni_version version;
		const char *text, *msg;
	} rows[] = {
		{ CNI_1_0_0, "5", ": expected an object, got 5" },
		{ CNI_1_0_0, "{\"cniVersion\":5}", ".cniVersion: expected a string, got 5" },
		{ CNI_1_0_0, "{\"ips\":{}}", ".ips: expected an array, got an object" },
		{ CNI_1_0_0, "{\"ips\":[5]}", ".ips[0]: expected an object, got 5" },
		{ CNI_1_0_0, "{\"ips\":[{}]}", ".ips[0].address: missing" },
		{ CNI_1_0_0, "{\"ips\":[{\"address\":\"10.1.0.5\"}]}",
		  ".ips[0].address: expected an IP address with \"/length\", got \"10.1.0.5\"" },
		{ CNI_1_0_0, "{\"ips\":[{\"address\":\"10.1.0.5/24\",\"gateway\":\"x\"}]}",
		  ".ips[0].gateway: expected an IP address, got \"x\"" },
		{ CNI_1_0_0, "{\"ips\":[{\"address\":\"10.1.0.5/24\",\"interface\":\"0\"}]}",
		  ".ips[0].interface: expected an integer from -1 to 2147483647, got \"0\"" },
		{ CNI_1_0_0, "{\"ips\":[{\"address\":\"10.1.0.5/24\",\"interface\":-2}]}",
		  ".ips[0].interface: expected an integer from -1 to 2147483647, got -2" },
		{ CNI_1_0_0,
		  "{\"interfaces\":[{},{}],\"ips\":[{\"address\":\"10.1.0.5/24\","
		  "\"interface\":2}]}",
		  ".ips[0].interface: there are 2 interfaces (got 2)" },
		{ CNI_1_0_0, "{\"interfaces\":[{},7]}",
		  ".interfaces[1]: expected an object, got 7" },
		{ CNI_1_0_0, "{\"interfaces\":[{\"name\":7}]}",
		  ".interfaces[0].name: expected a string, got 7" },
		{ CNI_1_0_0, "{\"interfaces\":[{\"mac\":7}]}",
		  ".interfaces[0].mac: expected a string, got 7" },
		{ CNI_1_0_0, "{\"interfaces\":[{\"sandbox\":7}]}",
		  ".interfaces[0].sandbox: expected a string, got 7" },
		{ CNI_1_0_0, "{\"interfaces\":[{\"mtu\":1.5}]}",
		  ".interfaces[0].mtu: expected an integer from 0 to 4294967295, got 1.5" },
		{ CNI_1_0_0, "{\"interfaces\":[{\"socketPath\":7}]}",
		  ".interfaces[0].socketPath: expected a string, got 7" },
		{ CNI_1_0_0, "{\"interfaces\":[{\"name\":\"a\",\"pciID\":7}]}",
		  ".interfaces[0].pciID: expected a string, got 7" },
		{ CNI_1_0_0, "{\"routes\":[{}]}", ".routes[0].dst: missing" },
		{ CNI_1_0_0, "{\"routes\":[{\"dst\":\"::/0\"},{\"dst\":\"default\"}]}",
		  ".routes[1].dst: expected an IP address with \"/length\", got \"default\"" },
		{ CNI_1_0_0, "{\"routes\":[{\"dst\":\"::/0\",\"gw\":5}]}",
		  ".routes[0].gw: expected a string, got 5" },
		{ CNI_1_0_0, "{\"routes\":[{\"dst\":\"::/0\",\"mtu\":-1}]}",
		  ".routes[0].mtu: expected an integer from 0 to 4294967295, got -1" },
		{ CNI_1_0_0, "{\"routes\":[{\"dst\":\"::/0\",\"advmss\":\"1\"}]}",
		  ".routes[0].advmss: expected an integer from 0 to 4294967295, got \"1\"" },
		{ CNI_1_0_0, "{\"routes\":[{\"dst\":\"::/0\",\"priority\":4294967296}]}",
		  ".routes[0].priority: expected an integer from 0 to 4294967295, got 4294967296" },
		{ CNI_1_0_0, "{\"routes\":[{\"dst\":\"::/0\",\"table\":1e400}]}",
		  ".routes[0].table: expected an integer from 0 to 4294967295, got inf" },
		{ CNI_1_0_0, "{\"routes\":[{\"dst\":\"::/0\",\"scope\":256}]}",
		  ".routes[0].scope: expected an integer from 0 to 255, got 256" },
		{ CNI_1_0_0, "{\"dns\":[]}", ".dns: expected an object, got an array" },
		{ CNI_1_0_0, "{\"dns\":{\"nameservers\":\"1.1.1.1\"}}",
		  ".dns.nameservers: expected an array, got \"1.1.1.1\"" },
		{ CNI_1_0_0, "{\"dns\":{\"nameservers\":[\"1.1.1.1\",{}]}}",
		  ".dns.nameservers[1]: expected a string, got an object" },
		{ CNI_1_0_0, "{\"dns\":{\"nameservers\":[\"1.1.1.1\"],\"domain\":[]}}",
		  ".dns.domain: expected a string, got an array" },
		{ CNI_1_0_0, "{\"dns\":{\"search\":[7]}}",
		  ".dns.search[0]: expected a string, got 7" },
		{ CNI_1_0_0, "{\"dns\":{\"options\":7}}",
		  ".dns.options: expected an array, got 7" },
		{ CNI_0_2_0, "{\"ip4\":[]}", ".ip4: expected an object, got an array" },
		{ CNI_0_2_0, "{\"ip4\":{}}", ".ip4.ip: missing" },
		{ CNI_0_2_0, "{\"ip6\":{\"ip\":\"::1/64\",\"gateway\":7}}",
		  ".ip6.gateway: expected a string, got 7" },
		{ CNI_0_2_0, "{\"ip6\":{\"ip\":\"::1/64\",\"routes\":[{}]}}",
		  ".ip6.routes[0].dst: missing" },
		{ CNI_0_2_0, "{\"ip4\":{\"ip\":\"10.1.0.5/24\"},\"dns\":7}",
		  ".dns: expected an object, got 7" },
	};
	static const struct cni_result empty;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cni_result r;
		struct err err;
		char msg[256];

		snprintf(msg, sizeof(msg), "prevResult%s", rows[i].msg);
		is_int(parse(rows[i].text, rows[i].version, &r, &err), -EINVAL, "%s", rows[i].text);
		is_str(err.msg, msg, "… says where");
		is_int(err.code, CNI_ERR_CONFIG, "… with code 7");
		is_true(memcmp(&r, &empty, sizeof(r)) == 0, "… and gives an empty result");
	}
}

static void a_result_of_an_unknown_version_is_refused(void)
{
	struct cni_result r;
	struct err err;

	is_int(parse("{\"cniVersion\":\"2.0.0\"}", CNI_1_0_0, &r, &err), -EPROTONOSUPPORT, "2.0.0");
	is_int(err.code, CNI_ERR_VERSION, "with code 1");
	is_true(!r.ips && !r.n_ips, "and gives an empty result");
}

static void a_dns_object_is_copied_whole(void)
{
	cJSON *doc =
		cJSON_Parse("{\"nameservers\":[\"1\",\"2\"],\"domain\":\"d\",\"options\":[\"o\"]}");
	struct json root = json_root(doc);
	struct cni_dns dns = { 0 }, copy = { 0 }, none = { 0 };

	is_int(cni_dns_parse(&root, &dns, NULL), 0, "it is read");
	cJSON_Delete(doc);
	cni_dns_copy(&copy, &dns);
	is_true(!cni_dns_is_empty(&dns) && cni_dns_is_empty(&none), "it is not empty");
	cni_dns_free(&dns);
	is_true(cni_dns_is_empty(&dns) && !dns.nameservers, "what was freed is");
	is_true(!strcmp(copy.nameservers[0], "1") && !strcmp(copy.nameservers[1], "2") &&
			!copy.nameservers[2] && !strcmp(copy.domain, "d") && !copy.search &&
			!strcmp(copy.options[0], "o"),
		"the copy lives on");
	cni_dns_free(&copy);
	cni_dns_copy(&copy, &none);
	is_true(cni_dns_is_empty(&copy), "a copy of nothing is nothing");
}

static void an_error_object_is_told_from_anything_else(void)
{
	static const struct {
		const char *text;
		int code;
		const char *msg, *details;
	} rows[] = {
		{ "{\"cniVersion\":\"1.0.0\",\"code\":11,\"msg\":\"later\",\"details\":\"why\"}",
		  11, "later", "why" },
		{ " {\"code\": 999, \"msg\": \"m\"}\n", 999, "m", "" },
		{ "{\"code\":7,\"msg\":\"m\",\"details\":5}", 7, "m", "" },
		{ "{\"code\":0,\"msg\":\"m\"}", 0, "", "" },
		{ "{\"code\":-1,\"msg\":\"m\"}", 0, "", "" },
		{ "{\"code\":1.5,\"msg\":\"m\"}", 0, "", "" },
		{ "{\"code\":2147483648,\"msg\":\"m\"}", 0, "", "" },
		{ "{\"code\":\"7\",\"msg\":\"m\"}", 0, "", "" },
		{ "{\"msg\":\"m\"}", 0, "", "" },
		{ "{\"code\":7}", 0, "", "" },
		{ "{\"code\":7,\"msg\":\"\"}", 0, "", "" },
		{ "{\"code\":7,\"msg\":null}", 0, "", "" },
		{ "{}", 0, "", "" },
		{ "", 0, "", "" },
		{ "panic: what", 0, "", "" },
		{ "{\"code\":7,\"msg\":\"m\"} trailing", 0, "", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err err = { 0 };

		is_int(cni_error_parse(rows[i].text, strlen(rows[i].text), &err), !!rows[i].code,
		       "%s", rows[i].text);
		is_int(err.code, rows[i].code, "… has its code");
		is_str(err.msg, rows[i].msg, "… its message");
		is_str(err.details, rows[i].details, "… its details");
	}
}

int main(void)
{
	results_of_real_plugins_are_read();
	what_is_not_said_is_nothing();
	a_wrong_result_is_refused_with_the_place();
	a_result_of_an_unknown_version_is_refused();
	a_dns_object_is_copied_whole();
	an_error_object_is_told_from_anything_else();
	return test_done();
}
