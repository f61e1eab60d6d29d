/* SPDX-License-Identifier: MIT */
/*
 * zstd against a prefix, as zstd --patch-from has it: one frame that states its
 * size, its window as long as the new image so that all of the old one stays in
 * reach. One thread, so the bytes do not depend on the machine. zstd's own
 * program raises its memory cap by itself for such a frame (its issue 3324); here
 * the frame's window is read, and capped, before anything is allocated.
 */
#include <codec/zstd_prefix.h>

#include <base/ctx.h>
#include <base/num.h>
#include <codec/codec.h>
#include <codec/zstd_mem.h>

#include <zstd_errors.h>

#define STEP         ((size_t)32 << 10U)
#define LEVEL        22
#define BLOCK        (128U << 10U)
#define DECODE_FIXED (256U << 10U) /* libzstd 1.5.4 takes 96 KiB; room for other versions */
#define ENCODE_FIXED (2U << 20U)

/* ---- decoding ---- */

struct zstd_source {
	ota_source base;
	const ota_ctx *ctx;
	ota_source *src;
	ZSTD_DCtx *dctx;
	ZSTD_inBuffer in;
	bool ended;
	uint8_t buf[STEP];
};

ota_status zstd_frame_read(struct zstd_frame *f, const uint8_t *head, size_t len, ota_err *err)
{
	ZSTD_frameHeader h;
	size_t ret = ZSTD_getFrameHeader(&h, head, len);

	if (ZSTD_getErrorCode(ret) == ZSTD_error_frameParameter_windowTooLarge)
		return ota_fail(err, OTA_E_LIMIT, "the patch has a window over %llu bytes",
			(unsigned long long)ZSTD_PREFIX_WINDOW_MAX);
	if (ret != 0)
		return ota_fail(err, OTA_E_PATCH,
			"the patch is cut short or damaged in its frame "
			"header");
	if (h.frameType != ZSTD_frame)
		return ota_fail(err, OTA_E_CODEC, "the patch begins with a skippable frame");
	if (h.dictID != 0)
		return ota_fail(err, OTA_E_CODEC, "the patch needs dictionary %u", h.dictID);
	if (h.frameContentSize == ZSTD_CONTENTSIZE_UNKNOWN)
		return ota_fail(
			err, OTA_E_CODEC, "the patch does not state the size of what it makes");
	if (h.windowSize > ZSTD_PREFIX_WINDOW_MAX)
		return ota_fail(err, OTA_E_LIMIT, "the patch has a window of %llu bytes, over %llu",
			h.windowSize, (unsigned long long)ZSTD_PREFIX_WINDOW_MAX);
	f->size = h.frameContentSize;
	f->window = h.windowSize;
	return OTA_OK;
}

uint64_t zstd_prefix_decode_ram(const struct zstd_frame *f)
{
	return min_u64(f->size, f->window + BLOCK + 64) + BLOCK + DECODE_FIXED;
}

static ota_status refill(struct zstd_source *z, ota_err *err)
{
	ota_status st;
	size_t n = 0;

	st = ota_source_read(z->src, z->buf, sizeof(z->buf), &n, err);
	if (st)
		return st;
	z->in = (ZSTD_inBuffer){z->buf, n, 0};
	return OTA_OK;
}

static ota_status expect_end(struct zstd_source *z, ota_err *err)
{
	ota_status st = OTA_OK;

	if (z->in.pos == z->in.size)
		st = refill(z, err);
	if (st)
		return st;
	if (z->in.pos != z->in.size)
		return ota_fail(err, OTA_E_PATCH, "bytes follow the end of the zstd frame");
	z->ended = true;
	return OTA_OK;
}

static ota_status decode_fail(const struct zstd_source *z, size_t ret, ota_err *err)
{
	ZSTD_ErrorCode code = ZSTD_getErrorCode(ret);

	if (code == ZSTD_error_memory_allocation)
		return mem_fail(z->ctx, err);
	if (code == ZSTD_error_checksum_wrong)
		return ota_fail(err, OTA_E_PATCH,
			"the checksum is wrong: the patch is damaged or was made from another "
			"image");
	return ota_fail(err, OTA_E_PATCH,
		"the zstd frame is damaged, or was made from another "
		"image: %s",
		ZSTD_getErrorName(ret));
}

/* One step: at least a byte consumed or produced, or the end, or an error. */
static ota_status decode_some(struct zstd_source *z, ZSTD_outBuffer *out, ota_err *err)
{
	ota_status st = OTA_OK;
	size_t ret, made = out->pos, used;

	if (z->in.pos == z->in.size)
		st = refill(z, err);
	if (st)
		return st;
	used = z->in.pos;
	ret = ZSTD_decompressStream(z->dctx, out, &z->in);
	if (ZSTD_isError(ret))
		return decode_fail(z, ret, err);
	if (ret == 0)
		return expect_end(z, err);
	if (out->pos == made && z->in.pos == used)
		return ota_fail(err, OTA_E_PATCH, "the zstd frame is cut short");
	return OTA_OK;
}

static ota_status zstd_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	struct zstd_source *z = (struct zstd_source *)s;
	ZSTD_outBuffer out = {buf, cap, 0};
	ota_status st = OTA_OK;

	while (!st && out.pos < cap && !z->ended) {
		st = ctx_poll(z->ctx, err);
		if (!st)
			st = decode_some(z, &out, err);
	}
	if (!st)
		*n = out.pos;
	return st;
}

static void zstd_close(ota_source *s)
{
	struct zstd_source *z = (struct zstd_source *)s;

	ZSTD_freeDCtx(z->dctx);
	mem_free(z->ctx, z);
}

static size_t begin(struct zstd_source *z, const uint8_t *prefix, size_t len)
{
	size_t ret = ZSTD_DCtx_setMaxWindowSize(z->dctx, ZSTD_PREFIX_WINDOW_MAX);

	if (!ZSTD_isError(ret))
		ret = ZSTD_DCtx_refPrefix(z->dctx, prefix, len);
	return ret;
}

ota_status zstd_prefix_source(ota_source **out, const ota_ctx *ctx, ota_source *src,
	const uint8_t *prefix, size_t prefix_len, ota_err *err)
{
	static const ota_source_ops ops = {
		.size = sizeof(ops), .read = zstd_read, .close = zstd_close};
	struct zstd_source *z = NULL;
	ota_status st;
	size_t ret;

	st = MEM_NEW(&z, ctx, err);
	if (st)
		return st;
	z->base.ops = &ops;
	z->ctx = ctx;
	z->src = src;
	z->dctx = ZSTD_createDCtx_advanced(zstd_mem(&z->ctx));
	if (z->dctx == NULL)
		st = mem_fail(ctx, err);
	ret = st ? 0 : begin(z, prefix, prefix_len);
	if (ZSTD_isError(ret))
		st = decode_fail(z, ret, err);
	if (st) {
		zstd_close(&z->base);
		return st;
	}
	*out = &z->base;
	return OTA_OK;
}

/* ---- encoding ---- */

static unsigned window_log(uint64_t len)
{
	unsigned log = ZSTD_WINDOWLOG_MIN;

	while (UINT64_C(1) << log < len)
		log++;
	return log;
}

static ZSTD_compressionParameters parameters(uint64_t old_len, uint64_t new_len)
{
	ZSTD_compressionParameters p =
		ZSTD_getCParams(LEVEL, new_len, (size_t)min_u64(old_len, SIZE_MAX));

	p.windowLog = window_log(new_len);
	return ZSTD_adjustCParams(p, new_len, (size_t)min_u64(old_len, SIZE_MAX));
}

uint64_t zstd_prefix_encode_ram(uint64_t old_len, uint64_t new_len)
{
	if (new_len > ZSTD_PREFIX_WINDOW_MAX || old_len > ZSTD_PREFIX_WINDOW_MAX)
		return UINT64_MAX / 4;
	return ZSTD_estimateCCtxSize_usingCParams(parameters(old_len, new_len)) + ENCODE_FIXED;
}

static size_t set_up(ZSTD_CCtx *cctx, const uint8_t *old_, size_t old_len, size_t new_len)
{
	ZSTD_compressionParameters p = parameters(old_len, new_len);
	const struct {
		ZSTD_cParameter which;
		unsigned value;
	} all[] = {
		{ZSTD_c_compressionLevel, LEVEL},
		{ZSTD_c_windowLog, p.windowLog},
		{ZSTD_c_chainLog, p.chainLog},
		{ZSTD_c_hashLog, p.hashLog},
		{ZSTD_c_searchLog, p.searchLog},
		{ZSTD_c_minMatch, p.minMatch},
		{ZSTD_c_targetLength, p.targetLength},
		{ZSTD_c_strategy, p.strategy},
		{ZSTD_c_contentSizeFlag, 1},
		{ZSTD_c_checksumFlag, 1},
		{ZSTD_c_stableInBuffer, 1},
	};
	size_t ret = 0;

	for (size_t i = 0; !ZSTD_isError(ret) && i < sizeof(all) / sizeof(all[0]); i++)
		ret = ZSTD_CCtx_setParameter(cctx, all[i].which, (int)all[i].value);
	if (!ZSTD_isError(ret))
		ret = ZSTD_CCtx_setPledgedSrcSize(cctx, new_len);
	if (!ZSTD_isError(ret))
		ret = ZSTD_CCtx_refPrefix(cctx, old_, old_len);
	return ret;
}

static ota_status encode_fail(const ota_ctx *ctx, size_t ret, ota_err *err)
{
	if (ZSTD_getErrorCode(ret) == ZSTD_error_memory_allocation)
		return mem_fail(ctx, err);
	return ota_fail(
		err, OTA_E_CODEC, "libzstd cannot make the patch: %s", ZSTD_getErrorName(ret));
}

static ota_status encode(ota_sink *dst, const ota_ctx *ctx, ZSTD_CCtx *cctx, const uint8_t *new_,
	size_t new_len, ota_err *err)
{
	ZSTD_inBuffer in = {new_, new_len, 0};
	ota_status st = OTA_OK;
	uint8_t buf[STEP];
	size_t ret = 1;

	while (!st && ret != 0) {
		ZSTD_outBuffer out = {buf, sizeof(buf), 0};

		st = ctx_poll(ctx, err);
		if (st)
			return st;
		ret = ZSTD_compressStream2(cctx, &out, &in, ZSTD_e_end);
		if (ZSTD_isError(ret))
			return encode_fail(ctx, ret, err);
		ctx_progress(ctx, "diff", in.pos, new_len);
		st = ota_sink_write(dst, buf, out.pos, err);
	}
	return st;
}

ota_status zstd_prefix_encode(ota_sink *dst, const ota_ctx *ctx, const uint8_t *old_,
	size_t old_len, const uint8_t *new_, size_t new_len, ota_err *err)
{
	ZSTD_customMem mem = zstd_mem(&ctx);
	ZSTD_CCtx *cctx;
	ota_status st;
	size_t ret;

	if (old_len > ZSTD_PREFIX_WINDOW_MAX || new_len > ZSTD_PREFIX_WINDOW_MAX)
		return ota_fail(err, OTA_E_LIMIT, "zstd takes images of at most %llu bytes",
			(unsigned long long)ZSTD_PREFIX_WINDOW_MAX);
	cctx = ZSTD_createCCtx_advanced(mem);
	if (cctx == NULL)
		return mem_fail(ctx, err);
	ret = set_up(cctx, old_, old_len, new_len);
	st = ZSTD_isError(ret) ? encode_fail(ctx, ret, err)
			       : encode(dst, ctx, cctx, new_, new_len, err);
	ZSTD_freeCCtx(cctx);
	return st;
}
