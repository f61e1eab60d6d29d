/* SPDX-License-Identifier: MIT */
#include <codec/lzma_flow.h>

#include <base/ctx.h>
#include <codec/codec.h>

#include <lzma.h>

/* liblzma 5.4 asks for the dictionary and 64 KiB; the rest is room for other versions. */
#define BESIDE_DICT ((uint64_t)256 << 10U)
#define STEP        ((size_t)16 << 10U)
#define PRESET      9U

struct lzma_in {
	const ota_ctx *ctx;
	lzma_allocator alloc;
	lzma_stream z;
};

static void *alloc_cb(void *opaque, size_t n, size_t size)
{
	const ota_ctx **ctx = opaque;

	return codec_alloc(*ctx, n, size);
}

static void free_cb(void *opaque, void *p)
{
	const ota_ctx **ctx = opaque;

	mem_free(*ctx, p);
}

/* ---- decoding ---- */

/* An .xz stream header, then a block header: its size, no optional fields, one filter. */
ota_status lzma_in_need(uint64_t *ram, const uint8_t *head, size_t len, ota_err *err)
{
	const uint8_t *block = head + LZMA_STREAM_HEADER_SIZE;
	unsigned bits;
	uint64_t dict;

	if (len < LZMA_FLOW_HEAD || block[0] == 0 || block[1] != 0 ||
		block[2] != LZMA_FILTER_LZMA2 || block[3] != 1 || block[4] > 40)
		return ota_fail(err, OTA_E_PATCH,
			"a compressed section does not begin as .xz of LZMA2 alone");
	bits = block[4];
	dict = (UINT64_C(2) | (bits & 1U)) << (bits / 2 + 11U);
	if (dict > LZMA_FLOW_DICT_MAX)
		return ota_fail(err, OTA_E_LIMIT,
			"a compressed section has a dictionary of %llu bytes, over %u",
			(unsigned long long)dict, LZMA_FLOW_DICT_MAX);
	*ram = dict + BESIDE_DICT;
	return OTA_OK;
}

ota_status lzma_in_new(struct lzma_in **out, const ota_ctx *ctx, uint64_t ram, ota_err *err)
{
	struct lzma_in *l = NULL;
	ota_status st;

	st = MEM_NEW(&l, ctx, err);
	if (st)
		return st;
	l->ctx = ctx;
	l->alloc = (lzma_allocator){alloc_cb, free_cb, &l->ctx};
	l->z.allocator = &l->alloc;
	if (lzma_stream_decoder(&l->z, ram, 0) != LZMA_OK) {
		lzma_in_free(l);
		return mem_fail(ctx, err);
	}
	*out = l;
	return OTA_OK;
}

ota_status lzma_in_run(struct lzma_in *l, const uint8_t *in, size_t len, size_t *used, uint8_t *out,
	size_t cap, size_t *made, ota_err *err)
{
	lzma_ret ret;

	l->z.next_in = in;
	l->z.avail_in = len;
	l->z.next_out = out;
	l->z.avail_out = cap;
	ret = lzma_code(&l->z, LZMA_RUN);
	*used = len - l->z.avail_in;
	*made = cap - l->z.avail_out;
	if (ret == LZMA_MEM_ERROR)
		return mem_fail(l->ctx, err);
	if (ret == LZMA_MEMLIMIT_ERROR)
		return ota_fail(err, OTA_E_PATCH,
			"a compressed section takes more memory than its first header says");
	if (ret != LZMA_OK && ret != LZMA_BUF_ERROR)
		return ota_fail(err, OTA_E_PATCH, "a compressed section is damaged");
	return OTA_OK;
}

void lzma_in_free(struct lzma_in *l)
{
	if (l == NULL)
		return;
	lzma_end(&l->z);
	mem_free(l->ctx, l);
}

/* ---- encoding ---- */

struct lzma_out {
	const ota_ctx *ctx;
	lzma_allocator alloc;
	lzma_stream z;
	uint8_t step[STEP];
};

static bool options(lzma_options_lzma *opt, uint32_t dict)
{
	if (lzma_lzma_preset(opt, PRESET))
		return false;
	opt->dict_size = dict;
	return true;
}

ota_status lzma_out_new(struct lzma_out **out, const ota_ctx *ctx, uint32_t dict, ota_err *err)
{
	lzma_options_lzma opt;
	const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &opt}, {LZMA_VLI_UNKNOWN, NULL}};
	struct lzma_out *l = NULL;
	ota_status st;

	if (!options(&opt, dict))
		return ota_fail(err, OTA_E_CODEC, "liblzma does not know preset %u", PRESET);
	st = MEM_NEW(&l, ctx, err);
	if (st)
		return st;
	l->ctx = ctx;
	l->alloc = (lzma_allocator){alloc_cb, free_cb, &l->ctx};
	l->z.allocator = &l->alloc;
	if (lzma_stream_encoder(&l->z, filters, LZMA_CHECK_NONE) != LZMA_OK) {
		lzma_out_free(l);
		return mem_fail(ctx, err);
	}
	*out = l;
	return OTA_OK;
}

ota_status lzma_out_piece(
	struct lzma_out *l, struct buf *out, const uint8_t *in, size_t len, ota_err *err)
{
	lzma_ret ret = LZMA_OK;
	ota_status st;

	l->z.next_in = in;
	l->z.avail_in = len;
	while (ret != LZMA_STREAM_END) {
		st = ctx_poll(l->ctx, err);
		if (st)
			return st;
		l->z.next_out = l->step;
		l->z.avail_out = sizeof(l->step);
		ret = lzma_code(&l->z, LZMA_SYNC_FLUSH);
		if (ret == LZMA_MEM_ERROR)
			return mem_fail(l->ctx, err);
		if (ret != LZMA_OK && ret != LZMA_STREAM_END)
			return ota_fail(
				err, OTA_E_CODEC, "liblzma cannot encode a section (%d)", (int)ret);
		buf_put(out, l->step, sizeof(l->step) - l->z.avail_out);
	}
	return buf_status(out, err);
}

void lzma_out_free(struct lzma_out *l)
{
	if (l == NULL)
		return;
	lzma_end(&l->z);
	mem_free(l->ctx, l);
}

uint64_t lzma_out_ram(uint32_t dict)
{
	lzma_options_lzma opt;
	const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &opt}, {LZMA_VLI_UNKNOWN, NULL}};

	return options(&opt, dict) ? lzma_raw_encoder_memusage(filters) + BESIDE_DICT
				   : UINT64_MAX / 4;
}
