/* SPDX-License-Identifier: MIT */
#include "show_changes.h"

#include <stdio.h>
#include <string.h>

#define CUT_MAX 64

const char *const show_change_names[] = {"same", "added", "removed", "changed", "moved"};

/* Objects and lists are cut in text; JSON has them whole. */
static void side(struct out *o, const char *label, const char *text, const char *json)
{
	char cut[CUT_MAX + sizeof("…")];

	if (!json || (*json != '{' && *json != '[') || strlen(text) <= CUT_MAX) {
		out_cell(o, label, json ? text : "-");
		return;
	}
	snprintf(cut, sizeof(cut), "%.*s…", CUT_MAX, text);
	out_cell(o, label, cut);
}

static void show_change(struct out *o, const char *file, const ota_change *c)
{
	out_row(o);
	out_str(o, "file", "File", file);
	out_str(o, "path", "Path", c->path);
	out_str(o, "change", "Change", show_change_names[c->kind]);
	side(o, "From", c->a, c->a_json);
	side(o, "To", c->b, c->b_json);
	if (c->a)
		out_raw(o, "a", c->a_json);
	if (c->b)
		out_raw(o, "b", c->b_json);
	out_end(o);
}

size_t show_change_rows(struct out *o, const ota_comparison *cmp, const char *file)
{
	size_t n = 0;

	for (size_t i = 0; i < ota_comparison_count(cmp); i++) {
		const ota_change *c = ota_comparison_at(cmp, i);

		if (c->kind == OTA_CHANGE_NONE)
			continue;
		show_change(o, file, c);
		n++;
	}
	return n;
}
