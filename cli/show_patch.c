/* SPDX-License-Identifier: MIT */
#include "show_patch.h"

#include <stdio.h>

bool show_is_patch(ota_source *src)
{
	unsigned char head[OTA_PATCH_HEAD];
	uint64_t len = 0;

	if (!ota_source_seekable(src) || ota_source_length(src, &len, NULL) != OTA_OK)
		return false;
	if (len > sizeof(head))
		len = sizeof(head);
	return ota_source_pread(src, head, (size_t)len, 0, NULL) == OTA_OK &&
	       ota_patch_check_head(head, (size_t)len, NULL) == OTA_OK;
}

struct table {
	struct out *o;
	uint64_t whole, seen;
};

static ota_status show_part(void *arg, const ota_patch_part *p, ota_err *err)
{
	struct table *t = arg;
	char text[64];

	(void)err;
	snprintf(text, sizeof(text), p->count ? "%llu %s" : "%.0llu%s",
		(unsigned long long)p->count, p->what);
	out_row(t->o);
	out_cell(t->o, "Part", text);
	out_str(t->o, "what", NULL, p->what);
	if (p->count)
		out_u64(t->o, "count", NULL, p->count);
	if (p->off != OTA_NO_OFF)
		out_u64(t->o, "offset", NULL, p->off);
	out_u64(t->o, "bytes", "Bytes", p->len);
	snprintf(text, sizeof(text), "%.1f %%",
		t->whole ? 100.0 * (double)p->len / (double)t->whole : 0.0);
	out_cell(t->o, "Share", text);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)p->makes);
	out_cell(t->o, "Makes", p->makes ? text : "-");
	if (p->makes)
		out_u64(t->o, "makes", NULL, p->makes);
	out_end(t->o);
	return OTA_OK;
}

ota_status show_patch(struct cli *c, ota_source *src, ota_err *err)
{
	ota_patch_info info = {.size = sizeof(info)};
	struct table t = {.o = c->out};
	ota_status st = ota_patch_probe(&info, src, err);

	if (st)
		return ota_err_in(err, st, "%s", c->args.v[0]);
	out_str(c->out, "patch", "Patch", c->args.v[0]);
	out_str(c->out, "codec", "Codec", info.codec);
	out_str(c->out, "profile", "Profile", info.profile);
	out_str(c->out, "instructions", "Instructions", info.isa);
	if (info.old_size)
		out_bytes(c->out, "old_size", "Old image", info.old_size);
	out_bytes(c->out, "new_size", "New image", info.new_size);
	out_bytes(c->out, "patch_size", "Patch size", info.patch_size);
	if (info.window)
		out_bytes(c->out, "window", "Resumes every", info.window);
	out_bytes(c->out, "ram", "RAM to apply", info.ram);
	out_bool(c->out, "holds_old", info.holds_old ? "Old image in RAM" : NULL, info.holds_old);
	t.whole = info.patch_size;
	out_table(c->out, "parts", "Parts");
	st = ota_patch_parts(c->ctx, src, show_part, &t, err);
	out_end(c->out);
	return ota_err_in(err, st, "%s", c->args.v[0]);
}
