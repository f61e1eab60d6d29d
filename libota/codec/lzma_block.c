/* SPDX-License-Identifier: MIT */
/*
 * One chunk is one .xz stream, made and read in one call by the single-threaded
 * coder: the threaded decoder had a use-after-free (CVE-2025-31115), and chunks
 * already keep every core busy.
 */
#include <codec/codec.h>

#include <base/num.h>

#include <assert.h>
#include <lzma.h>

/*
 * liblzma 5.4 asks for the dictionary and 64 KiB; the rest is room for other
 * versions. The same number is the decoder's limit, so decode_ram holds for
 * hostile chunks too.
 */
#define BESIDE_DICT (256U << 10U)

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

static size_t xz_bound(size_t raw_len)
{
	return lzma_stream_buffer_bound(raw_len);
}

/* What a literal is predicted from: bytes before it (lc), and its place in a word (lp). */
static const struct literals {
	uint32_t lc, lp;
} literals[] = {
	{3, 0}, /* text, x86 */
	{3, 1}, /* two-byte instructions: Thumb */
	{2, 2}, /* four-byte instructions and tables: ARM, AArch64, MIPS */
};
#define LITERALS (sizeof(literals) / sizeof(literals[0]))

static ota_status encode(const ota_ctx *ctx, uint8_t *out, size_t cap, size_t *out_len,
	const uint8_t *raw, size_t raw_len, uint32_t preset, uint32_t dict_max, struct literals lit,
	ota_err *err)
{
	lzma_allocator alloc = {alloc_cb, free_cb, &ctx};
	lzma_options_lzma opt;
	lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &opt}, {LZMA_VLI_UNKNOWN, NULL}};
	lzma_ret ret;

	if (lzma_lzma_preset(&opt, preset))
		return ota_fail(err, OTA_E_CODEC, "liblzma does not know preset %u", preset);
	if (opt.dict_size > dict_max)
		opt.dict_size = dict_max;
	opt.lc = lit.lc;
	opt.lp = lit.lp;
	*out_len = 0;
	ret = lzma_stream_buffer_encode(
		filters, LZMA_CHECK_CRC32, &alloc, raw, raw_len, out, out_len, cap);
	if (ret == LZMA_MEM_ERROR)
		return mem_fail(ctx, err);
	if (ret != LZMA_OK)
		return ota_fail(err, OTA_E_CODEC, "liblzma cannot encode a chunk (%d)", (int)ret);
	return OTA_OK;
}

#define SAMPLE (64U << 10U)

/*
 * The row that makes two samples of the chunk smallest under the quickest
 * preset; preset 6 agrees nearly always. Worth 2 % of a kernel or firmware, at
 * 1 % of the time.
 */
static ota_status pick_literals(struct literals *best, const ota_ctx *ctx, uint8_t *out, size_t cap,
	const uint8_t *raw, size_t raw_len, ota_err *err)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < LITERALS; i++) {
		size_t total = 0;

		for (size_t part = 1; part <= 3; part += 2) {
			size_t at = raw_len <= 2 * SAMPLE ? raw_len / 4 * (part - 1)
							  : raw_len / 4 * part - SAMPLE / 2;
			size_t left = raw_len - at, n;
			ota_status st = encode(ctx, out, cap, &n, raw + at, min_size(left, SAMPLE),
				0, SAMPLE, literals[i], err);

			if (st)
				return st;
			total += n;
		}
		if (total < least) {
			least = total;
			*best = literals[i];
		}
	}
	return OTA_OK;
}

static ota_status xz_encode(const ota_ctx *ctx, uint8_t *out, size_t cap, size_t *out_len,
	const uint8_t *raw, size_t raw_len, uint32_t chunk_size, ota_err *err)
{
	struct literals lit = literals[0];
	ota_status st;

	assert(cap >= xz_bound(raw_len));
	st = pick_literals(&lit, ctx, out, cap, raw, raw_len, err);
	if (st)
		return st;
	return encode(ctx, out, cap, out_len, raw, raw_len, 6, chunk_size, lit, err);
}

static uint64_t xz_encode_ram(uint32_t chunk_size)
{
	lzma_options_lzma opt;
	lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &opt}, {LZMA_VLI_UNKNOWN, NULL}};

	if (lzma_lzma_preset(&opt, 6))
		return UINT64_MAX;
	opt.dict_size = chunk_size;
	return lzma_raw_encoder_memusage(filters) + BESIDE_DICT;
}

static uint64_t xz_decode_ram(uint32_t chunk_size)
{
	return (uint64_t)chunk_size + BESIDE_DICT;
}

/* Two readers must agree on what a chunk is: one block, LZMA2 alone, a dictionary within a chunk. */
static ota_status check_block(
	const ota_ctx *ctx, const uint8_t *in, size_t len, uint32_t chunk_size, ota_err *err)
{
	lzma_allocator alloc = {alloc_cb, free_cb, &ctx};
	lzma_filter filters[LZMA_FILTERS_MAX + 1] = {{LZMA_VLI_UNKNOWN, NULL}};
	lzma_block block = {.version = 0, .check = LZMA_CHECK_CRC32, .filters = filters};
	bool plain = false;
	lzma_ret ret;

	if (len <= LZMA_STREAM_HEADER_SIZE || in[LZMA_STREAM_HEADER_SIZE] == 0)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk has no block");
	block.header_size = lzma_block_header_size_decode(in[LZMA_STREAM_HEADER_SIZE]);
	if (block.header_size > len - LZMA_STREAM_HEADER_SIZE)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk ends in its block header");
	ret = lzma_block_header_decode(&block, &alloc, in + LZMA_STREAM_HEADER_SIZE);
	if (ret == LZMA_MEM_ERROR)
		return mem_fail(ctx, err);
	if (ret != LZMA_OK)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk has a bad block header");
	if (filters[0].id == LZMA_FILTER_LZMA2 && filters[1].id == LZMA_VLI_UNKNOWN) {
		const lzma_options_lzma *opt = filters[0].options;

		plain = opt->dict_size <= chunk_size;
	}
	lzma_filters_free(filters, &alloc);
	return plain ? OTA_OK
		     : ota_fail(err, OTA_E_CHUNK,
			       "xz chunk is not LZMA2 alone with a dictionary of at most %u bytes",
			       chunk_size);
}

/* The index at the end counts the blocks. */
static ota_status check_one_block(const ota_ctx *ctx, const uint8_t *in, size_t len, ota_err *err)
{
	lzma_allocator alloc = {alloc_cb, free_cb, &ctx};
	lzma_stream_flags flags;
	lzma_index *index = NULL;
	uint64_t limit = BESIDE_DICT, blocks = 0;
	size_t end = len - LZMA_STREAM_HEADER_SIZE, pos;
	lzma_ret ret;

	if (lzma_stream_footer_decode(&flags, in + end) != LZMA_OK || flags.backward_size > end)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk does not end with an .xz footer");
	pos = end - (size_t)flags.backward_size;
	ret = lzma_index_buffer_decode(&index, &limit, &alloc, in, &pos, end);
	if (ret == LZMA_MEM_ERROR)
		return mem_fail(ctx, err);
	if (ret == LZMA_OK)
		blocks = lzma_index_block_count(index);
	lzma_index_end(index, &alloc);
	return blocks == 1 ? OTA_OK : ota_fail(err, OTA_E_CHUNK, "xz chunk is not one block");
}

static ota_status check_head(const uint8_t *in, size_t len, ota_err *err)
{
	lzma_stream_flags flags;

	if (len < LZMA_STREAM_HEADER_SIZE)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk of %zu bytes has no header", len);
	if (lzma_stream_header_decode(&flags, in) != LZMA_OK)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk does not begin with an .xz header");
	if (flags.check != LZMA_CHECK_CRC32)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk uses check %d instead of CRC32",
			(int)flags.check);
	return OTA_OK;
}

static ota_status xz_decode(const ota_ctx *ctx, uint8_t *raw, size_t raw_len, const uint8_t *in,
	size_t len, uint32_t chunk_size, ota_err *err)
{
	lzma_allocator alloc = {alloc_cb, free_cb, &ctx};
	uint64_t limit = xz_decode_ram(chunk_size);
	size_t in_pos = 0, out_pos = 0;
	ota_status st;
	lzma_ret ret;

	st = check_head(in, len, err);
	if (!st)
		st = check_block(ctx, in, len, chunk_size, err);
	if (st)
		return st;
	ret = lzma_stream_buffer_decode(
		&limit, 0, &alloc, in, &in_pos, len, raw, &out_pos, raw_len);
	if (ret == LZMA_MEM_ERROR)
		return mem_fail(ctx, err);
	if (ret == LZMA_MEMLIMIT_ERROR)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk needs %llu bytes to decode, over %llu",
			(unsigned long long)limit, (unsigned long long)xz_decode_ram(chunk_size));
	if (ret == LZMA_BUF_ERROR)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk holds more than %zu bytes", raw_len);
	if (ret != LZMA_OK)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk is damaged");
	if (in_pos != len)
		return ota_fail(err, OTA_E_CHUNK, "%zu bytes follow the xz stream of a chunk",
			len - in_pos);
	if (out_pos != raw_len)
		return ota_fail(err, OTA_E_CHUNK, "xz chunk holds %zu bytes, expected %zu", out_pos,
			raw_len);
	return check_one_block(ctx, in, len, err);
}

const struct block_codec xz_chunks = {
	.id = CODEC_XZ,
	.name = "xz",
	.version = lzma_version_string,
	.bound = xz_bound,
	.encode = xz_encode,
	.encode_ram = xz_encode_ram,
	.decode = xz_decode,
	.decode_ram = xz_decode_ram,
};
