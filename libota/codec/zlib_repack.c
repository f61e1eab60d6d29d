/* SPDX-License-Identifier: MIT */
/* Deflate, bare (in gzip members) and as zlib has it (in squashfs), by levels. */
#include <codec/repack.h>

#include <base/ctx.h>
#include <base/num.h>
#include <codec/codec.h>

#include <zlib.h>

#define SPAN   ((size_t)16 << 10U)
#define WINDOW 15
#define RAM    ((uint64_t)512 << 10U) /* zlib takes 268 KiB; the rest is room for others */

static void *alloc_cb(void *opaque, unsigned n, unsigned size)
{
	const ota_ctx **ctx = opaque;

	return codec_alloc(*ctx, n, size);
}

static void free_cb(void *opaque, void *p)
{
	const ota_ctx **ctx = opaque;

	mem_free(*ctx, p);
}

/* how: level, memory level. */
static bool knows(const uint8_t how[static REPACK_HOW])
{
	return how[0] >= 1 && how[0] <= 9 && how[1] >= 8 && how[1] <= 9 && how[2] == 0 &&
	       how[3] == 0;
}

static bool guess(uint8_t how[static REPACK_HOW], unsigned i, const uint8_t *in, size_t len)
{
	static const uint8_t levels[] = {9, 6, 1, 5, 8, 7, 4, 3, 2};
	unsigned n = sizeof(levels);

	(void)in;
	(void)len;
	if (i >= 2 * n)
		return false;
	how[0] = levels[i % n];
	how[1] = i < n ? 8 : 9;
	how[2] = how[3] = 0;
	return true;
}

static uint64_t ram(const uint8_t how[static REPACK_HOW], uint64_t len)
{
	(void)how;
	(void)len;
	return RAM;
}

static ota_status inflate_all(
	z_stream *z, uint8_t *out, size_t cap, size_t *made, const ota_ctx *ctx, ota_err *err)
{
	uint8_t spare[SPAN] = {0};
	ota_status st = OTA_OK;
	int ret = Z_OK;

	*made = 0;
	while (!st && ret != Z_STREAM_END) {
		size_t n = min_size(cap - *made, out != NULL ? (size_t)1 << 20U : SPAN);

		/* At the cap, one byte of room tells the end from more. */
		z->next_out = n > 0 && out != NULL ? out + *made : spare;
		z->avail_out = n > 0 ? (uInt)n : 1;
		n = z->avail_out;
		ret = inflate(z, Z_NO_FLUSH);
		if (ret == Z_MEM_ERROR)
			return mem_fail(ctx, err);
		*made += n - z->avail_out;
		if ((ret != Z_OK && ret != Z_STREAM_END) || *made > cap)
			return ota_fail(err, OTA_E_PATCH, "a block of deflate is damaged");
		st = ctx_poll(ctx, err);
	}
	return st;
}

static ota_status expand(const ota_ctx *ctx, uint8_t *out, size_t cap, size_t *made,
	const uint8_t *in, size_t len, size_t *used, int window, ota_err *err)
{
	z_stream z = {.zalloc = alloc_cb, .zfree = free_cb, .opaque = &ctx};
	size_t given = min_size(len, REPACK_BLOCK_MAX);
	ota_status st;

	if (inflateInit2(&z, window) != Z_OK)
		return mem_fail(ctx, err);
	z.next_in = (Bytef *)(uintptr_t)in;
	z.avail_in = (uInt)given;
	st = inflate_all(&z, out, cap, made, ctx, err);
	*used = given - z.avail_in;
	(void)inflateEnd(&z);
	return st;
}

static ota_status deflate_all(ota_sink *dst, z_stream *z, const ota_ctx *ctx, ota_err *err)
{
	uint8_t span[SPAN];
	ota_status st = OTA_OK;
	int ret = Z_OK;

	while (!st && ret != Z_STREAM_END) {
		z->next_out = span;
		z->avail_out = SPAN;
		ret = deflate(z, Z_FINISH);
		st = ota_sink_write(dst, span, SPAN - z->avail_out, err);
		if (!st)
			st = ctx_poll(ctx, err);
	}
	return st;
}

static ota_status pack(ota_sink *dst, const ota_ctx *ctx, const uint8_t how[static REPACK_HOW],
	const uint8_t *plain, size_t len, int window, ota_err *err)
{
	z_stream z = {.zalloc = alloc_cb, .zfree = free_cb, .opaque = &ctx};
	ota_status st;

	if (deflateInit2(&z, how[0], Z_DEFLATED, window, how[1], Z_DEFAULT_STRATEGY) != Z_OK)
		return mem_fail(ctx, err);
	z.next_in = (Bytef *)(uintptr_t)plain;
	z.avail_in = (uInt)len;
	st = deflate_all(dst, &z, ctx, err);
	(void)deflateEnd(&z);
	return st;
}

static ota_status deflate_expand(const ota_ctx *ctx, uint8_t *out, size_t cap, size_t *made,
	const uint8_t *in, size_t len, size_t *used, ota_err *err)
{
	return expand(ctx, out, cap, made, in, len, used, -WINDOW, err);
}

static ota_status deflate_pack(ota_sink *dst, const ota_ctx *ctx,
	const uint8_t how[static REPACK_HOW], const uint8_t *plain, size_t len, ota_err *err)
{
	return pack(dst, ctx, how, plain, len, -WINDOW, err);
}

static ota_status zlib_expand(const ota_ctx *ctx, uint8_t *out, size_t cap, size_t *made,
	const uint8_t *in, size_t len, size_t *used, ota_err *err)
{
	return expand(ctx, out, cap, made, in, len, used, WINDOW, err);
}

static ota_status zlib_pack(ota_sink *dst, const ota_ctx *ctx, const uint8_t how[static REPACK_HOW],
	const uint8_t *plain, size_t len, ota_err *err)
{
	return pack(dst, ctx, how, plain, len, WINDOW, err);
}

const struct repack_codec deflate_repack = {.name = "deflate",
	.knows = knows,
	.expand = deflate_expand,
	.pack = deflate_pack,
	.guess = guess,
	.ram = ram};
const struct repack_codec zlib_repack = {.name = "zlib",
	.knows = knows,
	.expand = zlib_expand,
	.pack = zlib_pack,
	.guess = guess,
	.ram = ram};
