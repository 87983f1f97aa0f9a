// SPDX-License-Identifier: GPL-2.0-or-later
/* CNI_ARGS: the functions of env.h that read it. */
#include "pkg/cni/env.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pkg/base/cleanup.h"
#include "pkg/base/mem.h"

static int bad_pair(const char *pair, struct err *err)
{
	return err_set(err, CNI_ERR_ENV, -EINVAL, "CNI_ARGS: \"%s\" is not KEY=VALUE", pair);
}

static int read_ignore(const char *value, bool *ignore, struct err *err)
{
	if (strcmp(value, "1") == 0 || strcasecmp(value, "true") == 0)
		*ignore = true;
	else if (strcmp(value, "0") == 0 || strcasecmp(value, "false") == 0)
		*ignore = false;
	else
		return err_set(err, CNI_ERR_ENV, -EINVAL,
			       "CNI_ARGS: IgnoreUnknown is \"%s\", expected 1, true, 0 or false",
			       value);
	return 0;
}

/* Where the value of this key is kept; NULL if we do not know it. */
static const char **slot(struct cni_args *args, const char *key)
{
	if (strcmp(key, "IP") == 0)
		return &args->ip;
	if (strcmp(key, "GATEWAY") == 0)
		return &args->gateway;
	if (strcmp(key, "MAC") == 0)
		return &args->mac;
	return NULL;
}

/* Cuts args->buf into its pairs. IgnoreUnknown may come behind what it lets pass. */
static int read_pairs(struct cni_args *args, struct err *err)
{
	const char *unknown = NULL;
	bool ignore = false;
	char *rest = args->buf, *key, *value;
	int rc;

	while ((key = strsep(&rest, ";"))) {
		const char **known;

		value = strchr(key, '=');
		if (!value || strchr(value + 1, '='))
			return bad_pair(key, err);
		*value++ = '\0';
		known = slot(args, key);
		if (known) {
			*known = *value ? value : NULL;
		} else if (strcmp(key, "IgnoreUnknown") == 0) {
			rc = read_ignore(value, &ignore, err);
			if (rc < 0)
				return rc;
		} else if (strncmp(key, "K8S_", 4) != 0 && !unknown) {
			unknown = key;
		}
	}
	if (!unknown || ignore)
		return 0;
	err_set(err, CNI_ERR_ENV, 0, "CNI_ARGS: unknown key \"%s\"", unknown);
	err_details(err, "known are IP, GATEWAY, MAC, IgnoreUnknown and K8S_*; "
			 "IgnoreUnknown=1 lets others pass");
	return -EINVAL;
}

int cni_args_parse(const char *text, struct cni_args *out, struct err *err)
{
	struct cni_args args = { 0 };
	int rc;

	*out = args;
	if (!*text)
		return 0;
	args.buf = mem_str(text);
	rc = read_pairs(&args, err);
	if (rc < 0)
		free(args.buf);
	else
		*out = args;
	return rc;
}

void cni_args_free(struct cni_args *args)
{
	free(args->buf);
	*args = (struct cni_args){ 0 };
}

bool cni_args_find(const char *text, const char *key, char *out, size_t size)
{
	size_t key_len = strlen(key);

	while (text && *text) {
		int len = (int)strcspn(text, ";");

		if (strncmp(text, key, key_len) == 0 && text[key_len] == '=') {
			snprintf(out, size, "%.*s", len - (int)key_len - 1, text + key_len + 1);
			return true;
		}
		text += len + (text[len] == ';');
	}
	return false;
}
