/* SPDX-License-Identifier: MIT */
/* Chunk tables: formats/otap.md section 2. */
#ifndef PACKAGE_TABLE_H
#define PACKAGE_TABLE_H

#include <base/digest.h>
#include <base/wr.h>
#include <model/manifest.h>

#define CHUNK_SIZE_MIN MANIFEST_CHUNK_MIN
#define CHUNK_SIZE_MAX MANIFEST_CHUNK_MAX
#define CHUNKS_MAX     MANIFEST_CHUNKS_MAX
#define CHUNK_RAW      1U /* STORED_RAW */
#define CHUNK_ZERO     2U

struct chunk {
	uint32_t stored_len, raw_len, flags;
	struct digest stored, raw; /* raw.len 0: not there */
};

size_t chunk_entry_len(enum hash_alg alg, bool raw_hashes);
void chunk_write(struct wr *w, const struct chunk *c);
/*
 * Parse entry `index` of a section's table (already hashed) and check every
 * invariant of section 2: malformed.table.
 */
ota_status chunk_parse(struct chunk *out, const uint8_t *entry, size_t len,
	const struct manifest_section *s, enum hash_alg alg, uint64_t index, bool delta,
	ota_err *err);

#endif
