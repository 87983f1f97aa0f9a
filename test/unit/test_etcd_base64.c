// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/etcd/base64.h"
#include "test/unit/test.h"

#include <stdlib.h>

/* RFC 4648, section 10. */
static const char *const vectors[][2] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xff\xfe\xfd", "//79" },
};

int main(void)
{
	char *text;

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		text = base64_encode(vectors[i][0]);
		is_str(text, vectors[i][1], "encode \"%s\"", vectors[i][0]);
		free(text);
		text = base64_decode(vectors[i][1]);
		is_str(text, vectors[i][0], "decode \"%s\"", vectors[i][1]);
		free(text);
	}
	is_true(!base64_decode("Zm9v!"), "what is no digit is refused");
	is_true(!base64_decode("Zg==Zg=="), "what is behind the end is refused");
	is_true(!base64_decode("Zg==="), "and so is too much of an end");
	return test_done();
}
