/* SPDX-License-Identifier: MIT */
#include <patch/patch.h>

#include <base/kind.h>
#include <base/num.h>

#include <assert.h>
#include <string.h>

static const struct patch_format *const rows[] = {
	&bsdiff40_patch, &otad_patch, &deep_patch, &vcdiff_patch, &zstd_patch};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const char *ota_codec_at(size_t index)
{
	return index < ROWS ? rows[index]->name : NULL;
}

const struct patch_format *patch_by_name(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i]->name, name) == 0)
			return rows[i];
	return NULL;
}

static ota_status find_row(
	const struct patch_format **out, const uint8_t *head, size_t n, ota_err *err)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i]->is(head, n)) {
			*out = rows[i];
			return OTA_OK;
		}
	}
	return ota_fail(err, OTA_E_CODEC,
		"this is no patch but %s; a patch is otad, BSDIFF40, VCDIFF or zstd",
		kind_name(head, n));
}

ota_status patch_first(
	uint8_t *p, size_t cap, size_t *n, uint64_t *len, ota_source *patch, ota_err *err)
{
	ota_status st = ota_source_length(patch, len, err);

	if (st)
		return st;
	*n = size_of_u64(min_u64(*len, cap));
	return ota_source_pread(patch, p, *n, 0, err);
}

static ota_status find_format(const struct patch_format **out, ota_source *patch, ota_err *err)
{
	uint8_t head[KIND_HEAD];
	uint64_t len = 0;
	size_t n = 0;
	ota_status st = patch_first(head, sizeof(head), &n, &len, patch, err);

	return st ? st : find_row(out, head, n, err);
}

ota_status ota_patch_check_head(const void *head, size_t len, ota_err *err)
{
	const struct patch_format *format;

	return find_row(&format, head, len, err);
}

uint64_t patch_ram(const ota_patch_info *info, uint64_t old_len)
{
	return info->ram + (info->holds_old ? old_len : 0);
}

ota_status ota_patch_probe(ota_patch_info *out, ota_source *patch, ota_err *err)
{
	const struct patch_format *format;
	ota_status st;

	assert(out->size >= sizeof(*out));
	st = find_format(&format, patch, err);
	if (st)
		return st;
	return format->probe(out, patch, err);
}

ota_status patch_parts(ota_patch_part_fn *part, void *arg, const ota_patch_part *parts, size_t n,
	uint64_t *off, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < n; i++) {
		ota_patch_part p = parts[i];

		p.size = sizeof(p);
		p.off = *off;
		*off += p.len;
		st = part(arg, &p, err);
	}
	return st;
}

ota_status ota_patch_parts(
	const ota_ctx *ctx, ota_source *patch, ota_patch_part_fn *part, void *arg, ota_err *err)
{
	const struct patch_format *format;
	ota_patch_part frame = {.what = "frame"};
	ota_patch_info info = {.size = sizeof(info)};
	uint64_t off = 0;
	ota_status st;

	st = find_format(&format, patch, err);
	if (!st)
		st = format->probe(&info, patch, err);
	if (st)
		return st;
	if (format->parts != NULL)
		return format->parts(ctx, patch, part, arg, err);
	frame.len = info.patch_size;
	frame.makes = info.new_size;
	return patch_parts(part, arg, &frame, 1, &off, err);
}

ota_status ota_patch(ota_sink *new_, const ota_ctx *ctx, ota_source *old_, ota_source *patch,
	const ota_patch_options *opt, ota_err *err)
{
	uint64_t max = opt != NULL && opt->max_output != 0 ? opt->max_output : UINT64_MAX;
	const struct patch_format *format;
	ota_status st;

	st = find_format(&format, patch, err);
	if (st)
		return st;
	return format->apply(new_, ctx, old_, patch, max, err);
}
