/* SPDX-License-Identifier: MIT */
/* Sections in the making: chunks by all cores, in order into a spool. */
#ifndef PACK_SECTION_H
#define PACK_SECTION_H

#include <ota/io.h>

#include <base/buf.h>
#include <base/digest.h>
#include <codec/codec.h>
#include <pack/delta.h>

struct made_section {
	uint64_t chunk_size, chunks, raw_size, stored_size;
	enum codec_id compression;
	struct buf table;  /* its chunk table */
	struct digest raw; /* over all raw bytes */
};

/*
 * The chunk size that the packer takes for an image of size bytes, on a device
 * with so much memory (0: any): half of it is for chunks and their decoder.
 */
uint64_t section_chunk_size(uint64_t size, enum codec_id compression, uint64_t ram);
/*
 * All of src, cut, compressed and appended to spool (NULL: only hashed). out->table must be
 * initialised, out->chunk_size chosen.
 */
ota_status section_image(struct made_section *out, const ota_ctx *ctx, ota_sink *spool,
	ota_source *src, uint64_t size, enum codec_id compression, enum hash_alg alg, ota_err *err);
/* An attachment: as an image, its chunk_size lowered to the least power of two that holds it. */
ota_status section_attachment(struct made_section *out, const ota_ctx *ctx, ota_sink *spool,
	ota_source *src, uint64_t size, enum codec_id compression, enum hash_alg alg, ota_err *err);
/* A patch, a chunk for each of its pieces, stored raw. chunk_size is the least power of two. */
ota_status section_patch(struct made_section *out, const ota_ctx *ctx, ota_sink *spool,
	const struct made_delta *d, enum hash_alg alg, ota_err *err);

#endif
