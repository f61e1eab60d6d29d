/* SPDX-License-Identifier: MIT */
/* Sources for the layers above, beside those of <ota/io.h>. */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include <ota/io.h>

/* Read to the end, at most max bytes (limit.size beyond), into memory freed with mem_free. */
ota_status source_slurp(
	uint8_t **out, size_t *len, const ota_ctx *ctx, ota_source *src, size_t max, ota_err *err);
/* Nothing is left: malformed.trailing otherwise. */
ota_status source_expect_end(ota_source *src, ota_err *err);
/* Pump src into dst; *total may be NULL. */
ota_status source_copy(
	ota_sink *dst, const ota_ctx *ctx, ota_source *src, uint64_t *total, ota_err *err);
/* len bytes from off of a seekable source. */
ota_status source_copy_range(ota_sink *dst, const ota_ctx *ctx, ota_source *src, uint64_t off,
	uint64_t len, ota_err *err);

#endif
