// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/versions.h"

#include <errno.h>
#include <stdio.h>
#include "pkg/base/cleanup.h"
#include "pkg/cni/json.h"
#include "pkg/cni/version.h"

int versions_print(const char *request, size_t len)
{
	const char *asked = NULL;
	cleanup_free char *text = NULL;
	cJSON *doc = NULL;

	if (json_parse(request, len, "stdin", &doc, NULL) == 0) {
		struct json root = json_root(doc), j = json_get(&root, "cniVersion");

		json_str(&j, &asked, NULL);
	}
	text = cni_version_print(asked);
	cJSON_Delete(doc);
	return fputs(text, stdout) < 0 || fflush(stdout) ? -EIO : 0;
}
