/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLUGIN_TOOL_SHOW_H
#define PLUGIN_TOOL_SHOW_H

#include "plugin/tool/attachments.h"

struct json_out;
/* An attachment as an object; is_whole: with what only who asks for this one wants to know. */
void show_put_json(struct json_out *out, const struct attachments *all, const struct attachment *a,
		   bool is_whole);

#endif
