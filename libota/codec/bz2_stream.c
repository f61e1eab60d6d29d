/* SPDX-License-Identifier: MIT */
#include <codec/stream.h>

#include <base/ctx.h>
#include <base/num.h>
#include <codec/codec.h>

#include <bzlib.h>

#define STEP ((size_t)32 << 10U)
/* libbz2 counts in unsigned int. */
#define SPAN ((size_t)1 << 30U)

static void *alloc_cb(void *opaque, int n, int size)
{
	const ota_ctx **ctx = opaque;

	return n < 0 || size < 0 ? NULL : codec_alloc(*ctx, (size_t)n, (size_t)size);
}

static void free_cb(void *opaque, void *p)
{
	const ota_ctx **ctx = opaque;

	mem_free(*ctx, p);
}

static unsigned span(size_t len)
{
	return u32_of_u64(min_size(len, SPAN));
}

/* ---- decoding ---- */

struct bz2_source {
	ota_source base;
	const ota_ctx *ctx;
	ota_source *src;
	bz_stream bz;
	bool ended;
	char in[STEP];
};

static ota_status refill(struct bz2_source *b, ota_err *err)
{
	ota_status st;
	size_t n = 0;

	st = ota_source_read(b->src, b->in, sizeof(b->in), &n, err);
	if (st)
		return st;
	b->bz.next_in = b->in;
	b->bz.avail_in = u32_of_u64(n);
	return OTA_OK;
}

static ota_status expect_end(struct bz2_source *b, ota_err *err)
{
	ota_status st = OTA_OK;

	if (b->bz.avail_in == 0)
		st = refill(b, err);
	if (st)
		return st;
	if (b->bz.avail_in != 0)
		return ota_fail(err, OTA_E_PATCH, "bytes follow the end of a bzip2 stream");
	b->ended = true;
	return OTA_OK;
}

/* One step: at least a byte consumed or produced, or the end, or an error. */
static ota_status decode_some(struct bz2_source *b, ota_err *err)
{
	ota_status st = OTA_OK;
	int ret;

	if (b->bz.avail_in == 0)
		st = refill(b, err);
	if (st)
		return st;
	if (b->bz.avail_in == 0)
		return ota_fail(err, OTA_E_PATCH, "a bzip2 stream is cut short");
	ret = BZ2_bzDecompress(&b->bz);
	if (ret == BZ_STREAM_END)
		return expect_end(b, err);
	if (ret == BZ_MEM_ERROR)
		return ota_fail_nomem(err);
	if (ret != BZ_OK)
		return ota_fail(err, OTA_E_PATCH, "a bzip2 stream is damaged");
	return OTA_OK;
}

static ota_status bz2_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	struct bz2_source *b = (struct bz2_source *)s;
	size_t done = 0;
	ota_status st = OTA_OK;

	while (!st && done < cap && !b->ended) {
		unsigned room = span(cap - done);

		b->bz.next_out = (char *)buf + done;
		b->bz.avail_out = room;
		st = decode_some(b, err);
		done += room - b->bz.avail_out;
	}
	if (!st)
		*n = done;
	return st;
}

static void bz2_source_close(ota_source *s)
{
	struct bz2_source *b = (struct bz2_source *)s;

	BZ2_bzDecompressEnd(&b->bz);
	mem_free(b->ctx, b);
}

ota_status bz2_source(ota_source **out, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	static const ota_source_ops ops = {
		.size = sizeof(ops), .read = bz2_read, .close = bz2_source_close};
	struct bz2_source *b;
	ota_status st;

	st = MEM_NEW(&b, ctx, err);
	if (st)
		return st;
	b->base.ops = &ops;
	b->ctx = ctx;
	b->src = src;
	b->bz.bzalloc = alloc_cb;
	b->bz.bzfree = free_cb;
	b->bz.opaque = &b->ctx;
	if (BZ2_bzDecompressInit(&b->bz, 0, 0) != BZ_OK) {
		mem_free(ctx, b);
		return ota_fail_nomem(err);
	}
	*out = &b->base;
	return OTA_OK;
}

/* ---- encoding ---- */

struct bz2_sink {
	ota_sink base;
	const ota_ctx *ctx;
	ota_sink *dst;
	bz_stream bz;
	char out[STEP];
};

/* Hand on what one call made; *ret is libbz2's answer. */
static ota_status encode_some(struct bz2_sink *b, int action, int *ret, ota_err *err)
{
	ota_status st = ctx_poll(b->ctx, err);

	if (st)
		return st;
	b->bz.next_out = b->out;
	b->bz.avail_out = sizeof(b->out);
	*ret = BZ2_bzCompress(&b->bz, action);
	if (*ret < 0)
		return ota_fail(err, OTA_E_CODEC, "libbz2 cannot encode (%d)", *ret);
	if (b->bz.avail_out == sizeof(b->out))
		return OTA_OK;
	return ota_sink_write(b->dst, b->out, sizeof(b->out) - b->bz.avail_out, err);
}

static ota_status bz2_write(ota_sink *s, const void *buf, size_t len, ota_err *err)
{
	struct bz2_sink *b = (struct bz2_sink *)s;
	ota_status st = OTA_OK;
	size_t done = 0;
	int ret;

	while (!st && done < len) {
		unsigned n = span(len - done);

		/* libbz2 takes a char * but only reads. */
		b->bz.next_in = (char *)buf + done;
		b->bz.avail_in = n;
		st = encode_some(b, BZ_RUN, &ret, err);
		done += n - b->bz.avail_in;
	}
	return st;
}

static ota_status bz2_commit(ota_sink *s, ota_err *err)
{
	struct bz2_sink *b = (struct bz2_sink *)s;
	ota_status st = OTA_OK;
	int ret = BZ_FINISH_OK;

	b->bz.avail_in = 0;
	while (!st && ret != BZ_STREAM_END)
		st = encode_some(b, BZ_FINISH, &ret, err);
	return st;
}

static void bz2_sink_close(ota_sink *s)
{
	struct bz2_sink *b = (struct bz2_sink *)s;

	BZ2_bzCompressEnd(&b->bz);
	mem_free(b->ctx, b);
}

/* The block size, in units of 100,000 bytes, that holds len bytes after the first run-length step. */
static int level_for(uint64_t len)
{
	for (int level = 1; level < 9; level++)
		if (len + len / 4 + 32 <= (uint64_t)level * 100000)
			return level;
	return 9;
}

ota_status bz2_sink(
	ota_sink **out, const ota_ctx *ctx, ota_sink *dst, uint64_t expect, ota_err *err)
{
	static const ota_sink_ops ops = {.size = sizeof(ops),
		.write = bz2_write,
		.commit = bz2_commit,
		.close = bz2_sink_close};
	struct bz2_sink *b;
	ota_status st;

	st = MEM_NEW(&b, ctx, err);
	if (st)
		return st;
	b->base.ops = &ops;
	b->ctx = ctx;
	b->dst = dst;
	b->bz.bzalloc = alloc_cb;
	b->bz.bzfree = free_cb;
	b->bz.opaque = &b->ctx;
	if (BZ2_bzCompressInit(&b->bz, level_for(expect), 0, 0) != BZ_OK) {
		mem_free(ctx, b);
		return ota_fail_nomem(err);
	}
	*out = &b->base;
	return OTA_OK;
}
