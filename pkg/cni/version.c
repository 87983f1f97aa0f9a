// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/cni/version.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pkg/cni/json_out.h"

static const char *const names[CNI_VERSIONS] = {
	[CNI_0_1_0] = "0.1.0", [CNI_0_2_0] = "0.2.0", [CNI_0_3_0] = "0.3.0", [CNI_0_3_1] = "0.3.1",
	[CNI_0_4_0] = "0.4.0", [CNI_1_0_0] = "1.0.0", [CNI_1_1_0] = "1.1.0",
};

const char *cni_version_name(enum cni_version v)
{
	return names[v];
}

int cni_version_parse(const char *text, enum cni_version *out, struct err *err)
{
	if (!text || !*text)
		text = names[CNI_0_1_0];
	for (enum cni_version v = 0; v < CNI_VERSIONS; v++)
		if (strcmp(text, names[v]) == 0) {
			*out = v;
			return 0;
		}
	err_set(err, CNI_ERR_VERSION, 0, "incompatible CNI versions: cniVersion is \"%s\"", text);
	err_details(err, "supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0");
	return -EPROTONOSUPPORT;
}

char *cni_version_print(const char *asked)
{
	struct json_out out;

	json_out_open(&out);
	json_out_str(&out, "cniVersion", asked && *asked ? asked : names[CNI_VERSIONS - 1]);
	json_out_array(&out, "supportedVersions");
	for (enum cni_version v = 0; v < CNI_VERSIONS; v++)
		json_out_str(&out, NULL, names[v]);
	json_out_end(&out);
	return json_out_close(&out);
}
