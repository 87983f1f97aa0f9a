// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/versions.h"

#include <errno.h>
#include <stdio.h>
#include "pkg/base/cleanup.h"
#include "pkg/cni/json.h"
#include "pkg/cni/version.h"

/* *asked: inside *doc, which the caller deletes; NULL if it is not said. False: no document. */
static bool read_asked(const char *request, size_t len, const char **asked, cJSON **doc)
{
	struct json root, j;

	*asked = NULL;
	*doc = NULL;
	if (json_parse(request, len, "stdin", doc, NULL) < 0)
		return false;
	root = json_root(*doc);
	j = json_get(&root, "cniVersion");
	return json_str(&j, asked, NULL) == 0;
}

int versions_print(const char *request, size_t len)
{
	const char *asked;
	cleanup_free char *text = NULL;
	cJSON *doc;

	read_asked(request, len, &asked, &doc);
	text = cni_version_print(asked);
	cJSON_Delete(doc);
	return fputs(text, stdout) < 0 || fflush(stdout) ? -EIO : 0;
}

void versions_peek(const char *request, size_t len, char version[static 16])
{
	const char *asked;
	cJSON *doc;

	if (read_asked(request, len, &asked, &doc))
		snprintf(version, 16, "%s", asked ? asked : cni_version_name(CNI_0_1_0));
	cJSON_Delete(doc);
}
