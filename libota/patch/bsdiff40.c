/* SPDX-License-Identifier: MIT */
/*
 * bspatch holds both images and believes its control block, which has been a
 * heap write three times (CVE-2014-9862, CVE-2020-14315, CVE-2020-15904). Here
 * the three blocks are streamed through fixed buffers, and each step is checked
 * against what is left of the promised size before a byte of it is used.
 */
#include <patch/bsdiff40.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/rd.h>
#include <codec/stream.h>
#include <patch/patch.h>

#include <string.h>

#define SPAN         ((size_t)64 << 10U)
#define BESIDE_SPANS 8192U /* the applier's struct and its slices */

struct head {
	uint64_t len[BSDIFF40_BLOCKS];
	uint64_t patch_size, new_size;
};

struct apply {
	const ota_ctx *ctx;
	ota_sink *new_;
	ota_source *old_;
	ota_source *slice[BSDIFF40_BLOCKS], *block[BSDIFF40_BLOCKS];
	uint64_t old_len, new_size, new_pos;
	int64_t old_pos; /* may leave the old image: there it reads as zeros */
	uint64_t idle;   /* steps that made nothing */
	uint8_t out[SPAN], in[SPAN];
};

static int64_t read_i64(struct rd *r)
{
	uint64_t v = rd_u64(r);
	int64_t magnitude = (int64_t)(v & INT64_MAX);

	return v >> 63U ? -magnitude : magnitude;
}

static bool looks_like(const uint8_t *head, size_t len)
{
	return len >= 8 && memcmp(head, BSDIFF40_MAGIC, 8) == 0;
}

static ota_status read_head(struct head *h, ota_source *patch, ota_err *err)
{
	uint8_t raw[BSDIFF40_HEAD];
	int64_t control, diff, size;
	uint64_t left;
	ota_status st;
	struct rd r;

	st = ota_source_length(patch, &h->patch_size, err);
	if (st)
		return st;
	if (h->patch_size < sizeof(raw))
		return ota_fail(err, OTA_E_PATCH, "the patch is cut short: %llu bytes of its head",
			(unsigned long long)h->patch_size);
	st = ota_source_pread(patch, raw, sizeof(raw), 0, err);
	if (st)
		return st;
	rd_init(&r, raw, sizeof(raw));
	if (!looks_like(rd_bytes(&r, 8), 8))
		return ota_fail_at(err, OTA_E_PATCH, 0, "the patch does not begin with BSDIFF40");
	control = read_i64(&r);
	diff = read_i64(&r);
	size = read_i64(&r);
	if (control < 0 || diff < 0 || size < 0)
		return ota_fail_at(err, OTA_E_PATCH, 8, "the patch states a negative size");
	left = h->patch_size - sizeof(raw);
	if ((uint64_t)control > left || (uint64_t)diff > left - (uint64_t)control)
		return ota_fail_at(err, OTA_E_PATCH, 8,
			"the patch states blocks of %lld and %lld bytes, but only %llu follow",
			(long long)control, (long long)diff, (unsigned long long)left);
	h->len[BSDIFF40_CONTROL] = (uint64_t)control;
	h->len[BSDIFF40_DIFF] = (uint64_t)diff;
	h->len[BSDIFF40_EXTRA] = left - (uint64_t)control - (uint64_t)diff;
	h->new_size = (uint64_t)size;
	return OTA_OK;
}

static ota_status parts(
	const ota_ctx *ctx, ota_source *patch, ota_patch_part_fn *part, void *arg, ota_err *err)
{
	struct head h = {.new_size = 0};
	uint64_t off = 0;
	ota_status st = read_head(&h, patch, err);
	ota_patch_part list[] = {{.what = "head", .len = BSDIFF40_HEAD},
		{.what = "control", .len = h.len[BSDIFF40_CONTROL]},
		{.what = "diff", .len = h.len[BSDIFF40_DIFF]},
		{.what = "extra", .len = h.len[BSDIFF40_EXTRA]}};

	(void)ctx;
	return st ? st : patch_parts(part, arg, list, sizeof(list) / sizeof(list[0]), &off, err);
}

static ota_status open_blocks(
	struct apply *a, ota_source *patch, const struct head *h, ota_err *err)
{
	uint64_t off = BSDIFF40_HEAD;
	ota_status st = OTA_OK;

	for (unsigned i = 0; !st && i < BSDIFF40_BLOCKS; i++) {
		st = ota_source_slice(&a->slice[i], a->ctx, patch, off, h->len[i], err);
		if (!st)
			st = bz2_source(&a->block[i], a->ctx, a->slice[i], err);
		off += h->len[i];
	}
	return st;
}

static void close_blocks(struct apply *a)
{
	for (unsigned i = 0; i < BSDIFF40_BLOCKS; i++) {
		ota_source_close(a->block[i]);
		ota_source_close(a->slice[i]);
	}
}

static ota_status read_block(
	struct apply *a, enum bsdiff40_block i, void *buf, size_t len, ota_err *err)
{
	static const char *const names[] = {"control", "diff", "extra"};
	ota_status st;
	size_t n = 0;

	st = ctx_poll(a->ctx, err);
	if (st)
		return st;
	st = ota_source_read(a->block[i], buf, len, &n, err);
	if (st)
		return ota_err_in(err, st, "%s block", names[i]);
	if (n != len)
		return ota_fail(err, OTA_E_PATCH,
			"the %s block ends before the new image is complete: byte %llu of %llu",
			names[i], (unsigned long long)a->new_pos, (unsigned long long)a->new_size);
	return OTA_OK;
}

/* All promised bytes are made: nothing may be left in any block. */
static ota_status expect_ends(struct apply *a, ota_err *err)
{
	ota_status st = OTA_OK;
	uint8_t byte;
	size_t n = 0;

	for (unsigned i = 0; !st && i < BSDIFF40_BLOCKS; i++) {
		st = ota_source_read(a->block[i], &byte, 1, &n, err);
		if (!st && n != 0)
			st = ota_fail(err, OTA_E_PATCH,
				"the patch goes on after the %llu bytes it promised",
				(unsigned long long)a->new_size);
	}
	return st;
}

/* Add the old bytes at old_pos to the first len of out, as far as there are any. */
static ota_status add_old(struct apply *a, size_t len, ota_err *err)
{
	uint64_t skip = a->old_pos < 0 ? min_u64(-(uint64_t)a->old_pos, len) : 0;
	uint64_t from = a->old_pos < 0 ? 0 : (uint64_t)a->old_pos;
	uint64_t n = from < a->old_len ? min_u64(len - skip, a->old_len - from) : 0;
	ota_status st;

	if (n == 0)
		return OTA_OK;
	st = ota_source_pread(a->old_, a->in, size_of_u64(n), from, err);
	if (st)
		return st;
	for (uint64_t i = 0; i < n; i++)
		a->out[skip + i] = (a->out[skip + i] + a->in[i]) & 0xff;
	return OTA_OK;
}

static ota_status make_bytes(struct apply *a, enum bsdiff40_block i, uint64_t len, ota_err *err)
{
	ota_status st = OTA_OK;

	while (!st && len > 0) {
		size_t n = size_of_u64(min_u64(len, SPAN));

		st = read_block(a, i, a->out, n, err);
		if (!st && i == BSDIFF40_DIFF)
			st = add_old(a, n, err);
		if (!st)
			st = ota_sink_write(a->new_, a->out, n, err);
		if (i == BSDIFF40_DIFF)
			a->old_pos += (int64_t)n;
		a->new_pos += n;
		len -= n;
		ctx_progress(a->ctx, "patch", a->new_pos, a->new_size);
	}
	return st;
}

static ota_status bad_step(const struct apply *a, const char *what, ota_err *err)
{
	return ota_fail(err, OTA_E_PATCH, "a control step at byte %llu of %llu %s",
		(unsigned long long)a->new_pos, (unsigned long long)a->new_size, what);
}

static ota_status step(struct apply *a, ota_err *err)
{
	uint64_t left = a->new_size - a->new_pos;
	int64_t diff, extra, seek, end;
	uint8_t raw[BSDIFF40_STEP];
	ota_status st;
	struct rd r;

	st = read_block(a, BSDIFF40_CONTROL, raw, sizeof(raw), err);
	if (st)
		return st;
	rd_init(&r, raw, sizeof(raw));
	diff = read_i64(&r);
	extra = read_i64(&r);
	seek = read_i64(&r);
	if (diff < 0 || extra < 0)
		return bad_step(a, "has a negative length", err);
	if ((uint64_t)diff > left || (uint64_t)extra > left - (uint64_t)diff)
		return bad_step(a, "goes beyond the promised size", err);
	if (__builtin_add_overflow(a->old_pos, diff, &end) ||
		__builtin_add_overflow(end, seek, &end))
		return bad_step(a, "moves out of the number range", err);
	/* A tiny block can unpack to endless empty steps; real writers make few of them. */
	if (diff == 0 && extra == 0 && a->idle++ > a->new_size)
		return bad_step(a, "is one of too many empty ones", err);
	st = make_bytes(a, BSDIFF40_DIFF, (uint64_t)diff, err);
	if (!st)
		st = make_bytes(a, BSDIFF40_EXTRA, (uint64_t)extra, err);
	a->old_pos = end;
	return st;
}

static ota_status run(struct apply *a, ota_err *err)
{
	ota_status st;

	st = ota_source_length(a->old_, &a->old_len, err);
	while (!st && a->new_pos < a->new_size)
		st = step(a, err);
	if (!st)
		st = expect_ends(a, err);
	return st;
}

static ota_status probe(ota_patch_info *out, ota_source *patch, ota_err *err)
{
	struct head h;
	ota_status st;

	st = read_head(&h, patch, err);
	if (st)
		return st;
	out->codec = bsdiff40_patch.name;
	out->patch_size = h.patch_size;
	out->new_size = h.new_size;
	/* It is signed, so no term may depend on the machine; the test counts the bytes held. */
	out->ram = BSDIFF40_BLOCKS * (uint64_t)BZ2_DECODE_RAM + 2 * SPAN + BESIDE_SPANS;
	return OTA_OK;
}

static ota_status apply(ota_sink *new_, const ota_ctx *ctx, ota_source *old_, ota_source *patch,
	uint64_t max_output, ota_err *err)
{
	struct apply *a = NULL;
	struct head h;
	ota_status st;

	st = read_head(&h, patch, err);
	if (st)
		return st;
	if (h.new_size > max_output)
		return ota_fail(err, OTA_E_LIMIT, "the patch promises %llu bytes, more than %llu",
			(unsigned long long)h.new_size, (unsigned long long)max_output);
	st = MEM_NEW(&a, ctx, err);
	if (st)
		return st;
	a->ctx = ctx;
	a->new_ = new_;
	a->old_ = old_;
	a->new_size = h.new_size;
	st = open_blocks(a, patch, &h, err);
	if (!st)
		st = run(a, err);
	close_blocks(a);
	mem_free(ctx, a);
	return st;
}

const struct patch_format bsdiff40_patch = {
	.name = "bsdiff", .is = looks_like, .probe = probe, .parts = parts, .apply = apply};
