// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/wish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pkg/base/mem.h"

#define SHOWN_MAX 64 /* bytes of a value that cannot be read, in a message */

static int add(struct wishes *w, const char *text)
{
	struct prefix p = { .len = WISH_BARE };

	if (prefix_parse(text, &p) < 0 && ip_parse(text, &p.ip) < 0)
		return -EINVAL;
	w->v = mem_resize(w->v, w->n + 1, sizeof(*w->v));
	w->v[w->n++] = p;
	return 0;
}

int wishes_add_list(struct wishes *w, const struct json *list, struct err *err)
{
	size_t count = 0;
	int rc = json_array(list, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json item = json_at(list, i);
		const char *text = "";

		rc = json_str(&item, &text, err);
		if (rc == 0 && add(w, text) < 0)
			return json_refuse(&item, CNI_ERR_CONFIG, err, "expected an IP address");
	}
	return rc;
}

int wishes_add_text(struct wishes *w, const char *text, int code, const char *what, struct err *err)
{
	while (text && *text) {
		size_t len = strcspn(text += strspn(text, " \t"), ",");
		char item[PREFIX_STR_MAX + 2];

		snprintf(item, sizeof(item), "%.*s", (int)len, text);
		if (len >= sizeof(item) || add(w, item) < 0)
			return err_set(err, code, -EINVAL, "%s%.*s: expected an IP address", what,
				       len < SHOWN_MAX ? (int)len : SHOWN_MAX, text);
		text += len + (text[len] == ',');
	}
	return 0;
}

void wishes_free(struct wishes *w)
{
	free(w->v);
	*w = (struct wishes){ 0 };
}
