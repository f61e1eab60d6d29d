/* SPDX-License-Identifier: MIT */
/* zstd against a prefix, as zstd --patch-from makes and takes it. */
#ifndef CODEC_ZSTD_PREFIX_H
#define CODEC_ZSTD_PREFIX_H

#include <ota/io.h>

#define ZSTD_PREFIX_WINDOW_MAX (UINT64_C(1) << 31U)
#define ZSTD_FRAME_HEAD_MAX    18

struct zstd_frame {
	uint64_t size, window;
};

/*
 * From the first ZSTD_FRAME_HEAD_MAX bytes, or all of fewer. malformed.patch when damaged,
 * unsupported.codec without a size or with a dictionary, limit.size for too large a window.
 */
ota_status zstd_frame_read(struct zstd_frame *f, const uint8_t *head, size_t len, ota_err *err);
/* What zstd_prefix_source holds beside the prefix. */
uint64_t zstd_prefix_decode_ram(const struct zstd_frame *f);
/* One frame, then the end of src. Borrowed src and prefix. malformed.patch on bad data. */
ota_status zstd_prefix_source(ota_source **out, const ota_ctx *ctx, ota_source *src,
	const uint8_t *prefix, size_t prefix_len, ota_err *err);

/* One frame with size and checksum. limit.size when an image is over ZSTD_PREFIX_WINDOW_MAX. */
ota_status zstd_prefix_encode(ota_sink *dst, const ota_ctx *ctx, const uint8_t *old_,
	size_t old_len, const uint8_t *new_, size_t new_len, ota_err *err);
uint64_t zstd_prefix_encode_ram(uint64_t old_len, uint64_t new_len);

#endif
