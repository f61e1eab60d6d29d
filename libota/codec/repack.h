/* SPDX-License-Identifier: MIT */
/*
 * What a container holds compressed, expanded and compressed to the same bytes again. How it was
 * compressed is guessed; whether the guess is right the bytes say.
 */
#ifndef CODEC_REPACK_H
#define CODEC_REPACK_H

#include <ota/io.h>

#define REPACK_HOW       4 /* bytes of parameters */
#define REPACK_BLOCK_MAX (UINT64_C(1) << 28U)

struct repack_codec {
	const char *name;
	/* A way to compress that the build has. */
	bool (*knows)(const uint8_t how[static REPACK_HOW]);
	/*
	 * The block that in begins with: *used bytes of it, *made bytes expanded, at most cap. out
	 * NULL: they are only counted. malformed.patch for what is none.
	 */
	ota_status (*expand)(const ota_ctx *ctx, uint8_t *out, size_t cap, size_t *made,
		const uint8_t *in, size_t len, size_t *used, ota_err *err);
	/* Compresses into dst. */
	ota_status (*pack)(ota_sink *dst, const ota_ctx *ctx, const uint8_t how[static REPACK_HOW],
		const uint8_t *plain, size_t len, ota_err *err);
	/* The i-th way that in could have been made, likeliest first; false: no more. */
	bool (*guess)(uint8_t how[static REPACK_HOW], unsigned i, const uint8_t *in, size_t len);
	/* Memory that pack and expand hold for a block of at most len, on any machine. */
	uint64_t (*ram)(const uint8_t how[static REPACK_HOW], uint64_t len);
};

/* Numbers of the format. NULL when unknown. */
enum repack_id { REPACK_DEFLATE = 1, REPACK_ZLIB = 2, REPACK_ZSTD = 3, REPACK_END };
const struct repack_codec *repack_by_id(unsigned id);

extern const struct repack_codec deflate_repack, zlib_repack, zstd_repack;

#endif
