/* SPDX-License-Identifier: MIT */
/*
 * One chunk is one zstd frame that states its size. Decoding goes straight into
 * the chunk's buffer, so no window is ever allocated; the window is capped all
 * the same, because readers that stream must hold it.
 */
#include <codec/codec.h>
#include <codec/zstd_mem.h>

#include <assert.h>
#include <zstd_errors.h>

/* libzstd 1.5.4 takes 94 KiB; the rest is room for other versions. */
#define DECODE_RAM   (256U << 10U)
#define ENCODE_SLACK (256U << 10U)

static size_t zstd_bound(size_t raw_len)
{
	return ZSTD_compressBound(raw_len);
}

#define LEVEL 19

static unsigned window_log(uint32_t chunk_size)
{
	unsigned log = 0;

	while (1U << (log + 1) <= chunk_size && log < 30)
		log++;
	return log;
}

static uint64_t zstd_encode_ram(uint32_t chunk_size)
{
	ZSTD_compressionParameters p = ZSTD_getCParams(LEVEL, chunk_size, 0);

	p.windowLog = window_log(chunk_size);
	return ZSTD_estimateCCtxSize_usingCParams(p) + ENCODE_SLACK;
}

static size_t set_up(ZSTD_CCtx *cctx, uint32_t chunk_size)
{
	size_t ret;

	ret = ZSTD_CCtx_setParameter(cctx, ZSTD_c_compressionLevel, LEVEL);
	if (!ZSTD_isError(ret))
		ret = ZSTD_CCtx_setParameter(cctx, ZSTD_c_windowLog, (int)window_log(chunk_size));
	if (!ZSTD_isError(ret))
		ret = ZSTD_CCtx_setParameter(cctx, ZSTD_c_contentSizeFlag, 1);
	if (!ZSTD_isError(ret))
		ret = ZSTD_CCtx_setParameter(cctx, ZSTD_c_checksumFlag, 0);
	return ret;
}

static ota_status zstd_encode(const ota_ctx *ctx, uint8_t *out, size_t cap, size_t *out_len,
	const uint8_t *raw, size_t raw_len, uint32_t chunk_size, ota_err *err)
{
	ZSTD_customMem mem = zstd_mem(&ctx);
	ZSTD_CCtx *cctx;
	size_t ret;

	assert(cap >= zstd_bound(raw_len));
	cctx = ZSTD_createCCtx_advanced(mem);
	if (cctx == NULL)
		return mem_fail(ctx, err);
	ret = set_up(cctx, chunk_size);
	if (!ZSTD_isError(ret))
		ret = ZSTD_compress2(cctx, out, cap, raw, raw_len);
	ZSTD_freeCCtx(cctx);
	if (ZSTD_getErrorCode(ret) == ZSTD_error_memory_allocation)
		return mem_fail(ctx, err);
	if (ZSTD_isError(ret))
		return ota_fail(err, OTA_E_CODEC, "libzstd cannot encode a chunk: %s",
			ZSTD_getErrorName(ret));
	*out_len = ret;
	return OTA_OK;
}

static uint64_t zstd_decode_ram(uint32_t chunk_size)
{
	(void)chunk_size;
	return DECODE_RAM;
}

/* Exactly one frame, of this size, whose window and dictionary are the format's. */
static ota_status check_frame(
	size_t raw_len, const uint8_t *in, size_t len, uint32_t chunk_size, ota_err *err)
{
	ZSTD_frameHeader h;
	size_t frame_len;

	if (ZSTD_getFrameHeader(&h, in, len) != 0 || h.frameType != ZSTD_frame)
		return ota_fail(err, OTA_E_CHUNK, "zstd chunk does not begin with a zstd frame");
	if (h.frameContentSize != raw_len)
		return ota_fail(
			err, OTA_E_CHUNK, "zstd chunk states no size or not %zu bytes", raw_len);
	if (h.windowSize > chunk_size)
		return ota_fail(err, OTA_E_CHUNK, "zstd chunk has a window of %llu bytes, over %lu",
			h.windowSize, (unsigned long)chunk_size);
	if (h.dictID != 0)
		return ota_fail(err, OTA_E_CHUNK, "zstd chunk needs dictionary %u", h.dictID);
	frame_len = ZSTD_findFrameCompressedSize(in, len);
	if (ZSTD_isError(frame_len))
		return ota_fail(err, OTA_E_CHUNK, "zstd chunk is damaged: %s",
			ZSTD_getErrorName(frame_len));
	if (frame_len != len)
		return ota_fail(err, OTA_E_CHUNK, "%zu bytes follow the zstd frame of a chunk",
			len - frame_len);
	return OTA_OK;
}

static ota_status zstd_decode(const ota_ctx *ctx, uint8_t *raw, size_t raw_len, const uint8_t *in,
	size_t len, uint32_t chunk_size, ota_err *err)
{
	ZSTD_customMem mem = zstd_mem(&ctx);
	ZSTD_DCtx *dctx;
	ota_status st;
	size_t ret;

	st = check_frame(raw_len, in, len, chunk_size, err);
	if (st)
		return st;
	dctx = ZSTD_createDCtx_advanced(mem);
	if (dctx == NULL)
		return mem_fail(ctx, err);
	ret = ZSTD_decompressDCtx(dctx, raw, raw_len, in, len);
	ZSTD_freeDCtx(dctx);
	if (ZSTD_getErrorCode(ret) == ZSTD_error_memory_allocation)
		return mem_fail(ctx, err);
	if (ZSTD_isError(ret))
		return ota_fail(
			err, OTA_E_CHUNK, "zstd chunk is damaged: %s", ZSTD_getErrorName(ret));
	if (ret != raw_len)
		return ota_fail(
			err, OTA_E_CHUNK, "zstd chunk holds %zu bytes, expected %zu", ret, raw_len);
	return OTA_OK;
}

const struct block_codec zstd_chunks = {
	.id = CODEC_ZSTD,
	.name = "zstd",
	.version = ZSTD_versionString,
	.bound = zstd_bound,
	.encode = zstd_encode,
	.encode_ram = zstd_encode_ram,
	.decode = zstd_decode,
	.decode_ram = zstd_decode_ram,
};
