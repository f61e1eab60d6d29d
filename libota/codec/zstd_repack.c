/* SPDX-License-Identifier: MIT */
/* One zstd frame, by level. */
#include <codec/repack.h>

#include <base/ctx.h>
#include <base/num.h>
#include <codec/codec.h>
#include <codec/zstd_mem.h>

#include <zstd_errors.h>

#define SPAN  ((size_t)16 << 10U)
#define SLACK ((uint64_t)1 << 20U) /* buffers of a stream, and room for other versions */

#define FLAG_CHECKSUM 1U
#define FLAG_SIZE     2U
#define FLAGS         3U

/* how: level, flags. */
static bool knows(const uint8_t how[static REPACK_HOW])
{
	return how[0] >= 1 && how[0] <= 22 && how[1] <= FLAGS && how[2] == 0 && how[3] == 0;
}

static bool guess(uint8_t how[static REPACK_HOW], unsigned i, const uint8_t *in, size_t len)
{
	static const uint8_t levels[] = {
		15, 19, 3, 22, 9, 1, 12, 6, 18, 20, 21, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17};
	ZSTD_frameHeader h;

	if (i >= sizeof(levels) || ZSTD_getFrameHeader(&h, in, len) != 0)
		return false;
	how[0] = levels[i];
	how[1] = (uint8_t)((h.checksumFlag ? FLAG_CHECKSUM : 0) |
			   (h.frameContentSize != ZSTD_CONTENTSIZE_UNKNOWN ? FLAG_SIZE : 0));
	how[2] = how[3] = 0;
	return true;
}

static uint64_t ram(const uint8_t how[static REPACK_HOW], uint64_t len)
{
	ZSTD_compressionParameters p =
		ZSTD_getCParams(how[0], (how[1] & FLAG_SIZE) != 0 ? len : 0, 0);

	return ZSTD_estimateCStreamSize_usingCParams(p) + SLACK;
}

static ota_status fail(const ota_ctx *ctx, size_t ret, ota_id id, const char *what, ota_err *err)
{
	if (ZSTD_getErrorCode(ret) == ZSTD_error_memory_allocation)
		return mem_fail(ctx, err);
	return ota_fail(err, id, "%s: %s", what, ZSTD_getErrorName(ret));
}

static ota_status expand_all(ZSTD_DCtx *d, const ota_ctx *ctx, uint8_t *out, size_t cap,
	size_t *made, ZSTD_inBuffer *in, ota_err *err)
{
	uint8_t spare[SPAN] = {0};
	ota_status st = OTA_OK;
	size_t ret = 1;

	*made = 0;
	while (!st && ret != 0) {
		size_t before = in->pos, n = min_size(cap - *made, out != NULL ? SIZE_MAX : SPAN);
		ZSTD_outBuffer to = {out != NULL && n > 0 ? out + *made : spare, n > 0 ? n : 1, 0};

		ret = ZSTD_decompressStream(d, &to, in);
		if (ZSTD_isError(ret))
			return fail(ctx, ret, OTA_E_PATCH, "a zstd block is damaged", err);
		*made += to.pos;
		if (*made > cap || (ret != 0 && in->pos == before && to.pos == 0))
			return ota_fail(err, OTA_E_PATCH, "a zstd block is cut short or too long");
		st = ctx_poll(ctx, err);
	}
	return st;
}

static ota_status expand(const ota_ctx *ctx, uint8_t *out, size_t cap, size_t *made,
	const uint8_t *in, size_t len, size_t *used, ota_err *err)
{
	ZSTD_customMem mem = zstd_mem(&ctx);
	ZSTD_inBuffer from = {in, len, 0};
	ZSTD_frameHeader h;
	ZSTD_DCtx *d;
	ota_status st;

	if (ZSTD_getFrameHeader(&h, in, len) != 0 || h.frameType != ZSTD_frame || h.dictID != 0 ||
		h.windowSize > REPACK_BLOCK_MAX)
		return ota_fail(err, OTA_E_PATCH, "a block does not begin as a zstd frame");
	d = ZSTD_createDCtx_advanced(mem);
	if (d == NULL)
		return mem_fail(ctx, err);
	(void)ZSTD_DCtx_setMaxWindowSize(d, REPACK_BLOCK_MAX);
	st = expand_all(d, ctx, out, cap, made, &from, err);
	*used = from.pos;
	(void)ZSTD_freeDCtx(d);
	return st;
}

static size_t set_up(ZSTD_CCtx *c, const uint8_t how[static REPACK_HOW], size_t len)
{
	size_t ret;

	ret = ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, how[0]);
	if (!ZSTD_isError(ret))
		ret = ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, (how[1] & FLAG_CHECKSUM) != 0);
	if (!ZSTD_isError(ret) && (how[1] & FLAG_SIZE) != 0)
		ret = ZSTD_CCtx_setPledgedSrcSize(c, len);
	return ret;
}

/* Without a size known before, as from a pipe, the end comes after all the bytes. */
static ota_status pack_all(ota_sink *dst, ZSTD_CCtx *c, const ota_ctx *ctx, ZSTD_inBuffer *in,
	ZSTD_EndDirective how, ota_err *err)
{
	uint8_t span[SPAN];
	ota_status st = OTA_OK;
	bool more = true;

	while (!st && more) {
		ZSTD_outBuffer to = {span, SPAN, 0};
		size_t ret = ZSTD_compressStream2(c, &to, in, how);

		if (ZSTD_isError(ret))
			return fail(ctx, ret, OTA_E_RECOMPRESS, "libzstd cannot compress", err);
		more = how == ZSTD_e_end ? ret != 0 : in->pos < in->size;
		st = ota_sink_write(dst, span, to.pos, err);
		if (!st)
			st = ctx_poll(ctx, err);
	}
	return st;
}

static ota_status pack(ota_sink *dst, const ota_ctx *ctx, const uint8_t how[static REPACK_HOW],
	const uint8_t *plain, size_t len, ota_err *err)
{
	ZSTD_customMem mem = zstd_mem(&ctx);
	ZSTD_inBuffer in = {plain, len, 0};
	ota_status st = OTA_OK;
	ZSTD_CCtx *c;
	size_t ret;

	c = ZSTD_createCCtx_advanced(mem);
	if (c == NULL)
		return mem_fail(ctx, err);
	ret = set_up(c, how, len);
	if (ZSTD_isError(ret))
		st = fail(ctx, ret, OTA_E_RECOMPRESS, "libzstd does not know a level", err);
	if (!st && (how[1] & FLAG_SIZE) == 0)
		st = pack_all(dst, c, ctx, &in, ZSTD_e_continue, err);
	if (!st)
		st = pack_all(dst, c, ctx, &in, ZSTD_e_end, err);
	(void)ZSTD_freeCCtx(c);
	return st;
}

const struct repack_codec zstd_repack = {
	.name = "zstd", .knows = knows, .expand = expand, .pack = pack, .guess = guess, .ram = ram};
