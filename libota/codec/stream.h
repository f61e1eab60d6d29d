/* SPDX-License-Identifier: MIT */
/* Streaming codecs: a decoding source in front of a source, an encoding sink in front of a sink. */
#ifndef CODEC_STREAM_H
#define CODEC_STREAM_H

#include <ota/io.h>

/* bzip2, one stream, then the end of src. Borrowed src. malformed.patch on bad data. */
ota_status bz2_source(ota_source **out, const ota_ctx *ctx, ota_source *src, ota_err *err);
/*
 * bzip2 -9, or less where it makes no difference: about `expect` bytes will come, and a block that
 * is never filled costs both sides memory. commit finishes the stream, not dst. Borrowed dst.
 */
ota_status bz2_sink(
	ota_sink **out, const ota_ctx *ctx, ota_sink *dst, uint64_t expect, ota_err *err);
/* Memory that one bz2_source, one bz2_sink holds. */
#define BZ2_DECODE_RAM (4U << 20U)
#define BZ2_ENCODE_RAM (8U << 20U)

#endif
