/* SPDX-License-Identifier: MIT */
/*
 * Patches of zstd --patch-from: the old image is the prefix of one zstd frame.
 * libzstd wants the prefix as one piece of memory, so all of the old image is
 * held; the frame states how much comes out, and no byte more is passed on.
 */
#include <patch/patch.h>

#include <base/ctx.h>
#include <base/num.h>
#include <codec/zstd_prefix.h>

#include <string.h>

#define SPAN   ((size_t)64 << 10U)
#define BESIDE ((size_t)128 << 10U) /* SPAN, the decoder's input, and what keeps them */

static bool looks_like(const uint8_t *head, size_t len)
{
	return len >= 4 && memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0;
}

static ota_status read_head(
	struct zstd_frame *f, ota_source *patch, uint64_t *patch_len, ota_err *err)
{
	uint8_t raw[ZSTD_FRAME_HEAD_MAX];
	size_t n = 0;
	ota_status st = patch_first(raw, sizeof(raw), &n, patch_len, patch, err);

	return st ? st : zstd_frame_read(f, raw, n, err);
}

static ota_status probe(ota_patch_info *out, ota_source *patch, ota_err *err)
{
	struct zstd_frame f;
	uint64_t len = 0;
	ota_status st;

	st = read_head(&f, patch, &len, err);
	if (st)
		return st;
	out->codec = zstd_patch.name;
	out->patch_size = len;
	out->new_size = f.size;
	out->ram = zstd_prefix_decode_ram(&f) + BESIDE;
	out->holds_old = true;
	return OTA_OK;
}

static ota_status pump(
	ota_sink *new_, const ota_ctx *ctx, ota_source *made, uint64_t size, ota_err *err)
{
	ota_status st = OTA_OK;
	uint8_t *buf = NULL;
	uint64_t done = 0;
	size_t n;

	st = mem_new_bytes(&buf, ctx, SPAN, err);
	while (!st && done < size) {
		size_t want = size_of_u64(min_u64(SPAN, size - done));

		st = ota_source_read(made, buf, want, &n, err);
		if (!st && n != want)
			st = ota_fail(err, OTA_E_PATCH, "the patch ends after %llu of %llu bytes",
				(unsigned long long)(done + n), (unsigned long long)size);
		if (!st)
			st = ota_sink_write(new_, buf, want, err);
		done += want;
		ctx_progress(ctx, "patch", done, size);
	}
	if (!st)
		st = ota_source_read(made, buf, 1, &n, err);
	if (!st && n != 0)
		st = ota_fail(err, OTA_E_PATCH,
			"the patch goes on after the %llu bytes it promised",
			(unsigned long long)size);
	mem_free(ctx, buf);
	return st;
}

static ota_status run(ota_sink *new_, const ota_ctx *ctx, const uint8_t *old_, size_t old_len,
	ota_source *patch, const struct zstd_frame *f, uint64_t patch_len, ota_err *err)
{
	ota_source *packed = NULL, *made = NULL;
	ota_status st;

	st = ota_source_slice(&packed, ctx, patch, 0, patch_len, err);
	if (!st)
		st = zstd_prefix_source(&made, ctx, packed, old_, old_len, err);
	if (!st)
		st = pump(new_, ctx, made, f->size, err);
	ota_source_close(made);
	ota_source_close(packed);
	return st;
}

static ota_status apply(ota_sink *new_, const ota_ctx *ctx, ota_source *old_, ota_source *patch,
	uint64_t max_output, ota_err *err)
{
	uint64_t patch_len = 0, old_len = 0;
	uint8_t *old_bytes = NULL;
	struct zstd_frame f;
	ota_status st;

	st = read_head(&f, patch, &patch_len, err);
	if (!st)
		st = ota_source_length(old_, &old_len, err);
	if (st)
		return st;
	if (f.size > max_output)
		return ota_fail(err, OTA_E_LIMIT, "the patch promises %llu bytes, more than %llu",
			(unsigned long long)f.size, (unsigned long long)max_output);
	if (old_len > ZSTD_PREFIX_WINDOW_MAX)
		return ota_fail(err, OTA_E_LIMIT, "the old image has %llu bytes, over %llu",
			(unsigned long long)old_len, (unsigned long long)ZSTD_PREFIX_WINDOW_MAX);
	st = mem_new_bytes(&old_bytes, ctx, size_of_u64(old_len) + 1, err);
	if (!st)
		st = ota_source_pread(old_, old_bytes, size_of_u64(old_len), 0, err);
	if (!st)
		st = run(new_, ctx, old_bytes, size_of_u64(old_len), patch, &f, patch_len, err);
	mem_free(ctx, old_bytes);
	return st;
}

const struct patch_format zstd_patch = {
	.name = "zstd", .is = looks_like, .probe = probe, .apply = apply};
