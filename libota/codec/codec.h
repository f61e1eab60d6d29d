/* SPDX-License-Identifier: MIT */
/*
 * One-shot block codecs for chunks: bounded in, bounded out, no state between
 * calls, thread-safe. Streams are in stream.h.
 */
#ifndef CODEC_CODEC_H
#define CODEC_CODEC_H

#include <base/ctx.h>

enum codec_id { CODEC_NONE, CODEC_XZ, CODEC_ZSTD };

struct block_codec {
	enum codec_id id;
	const char *name;             /* as in the manifest */
	const char *(*version)(void); /* of the library */
	/* Room that encode needs for any raw_len bytes. */
	size_t (*bound)(size_t raw_len);
	/*
	 * Deterministic. chunk_size, a power of two from 4 KiB and ≥ raw_len, bounds the
	 * dictionary or window; cap is at least bound(raw_len).
	 */
	ota_status (*encode)(const ota_ctx *ctx, uint8_t *out, size_t cap, size_t *out_len,
		const uint8_t *raw, size_t raw_len, uint32_t chunk_size, ota_err *err);
	/* Exactly one stream or frame giving exactly raw_len bytes, else malformed.chunk. */
	ota_status (*decode)(const ota_ctx *ctx, uint8_t *raw, size_t raw_len, const uint8_t *in,
		size_t len, uint32_t chunk_size, ota_err *err);
	/* Memory encode and decode hold beside their buffers, for chunks of that size. */
	uint64_t (*encode_ram)(uint32_t chunk_size);
	uint64_t (*decode_ram)(uint32_t chunk_size);
};

/* NULL when unknown. CODEC_NONE has a row whose functions are NULL. */
const struct block_codec *codec_by_name(const char *name);
const struct block_codec *codec_by_id(enum codec_id id);

/* The rows, and what they share: n·size bytes, NULL also when that overflows. */
extern const struct block_codec xz_chunks, zstd_chunks;
void *codec_alloc(const ota_ctx *ctx, size_t n, size_t size);

#endif
