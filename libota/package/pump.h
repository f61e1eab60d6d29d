/* SPDX-License-Identifier: MIT */
/*
 * The one way from the file to verified bytes: read a chunk, hash, compare,
 * decode, hand on, in order, with the context's jobs. Nothing unverified
 * leaves it.
 */
#ifndef PACKAGE_PUMP_H
#define PACKAGE_PUMP_H

#include <ota/package.h>

struct pump;

struct pump_chunk {
	const uint8_t *raw;    /* NULL unless decoding */
	const uint8_t *stored; /* what was hashed */
	size_t raw_len;
	uint32_t stored_len;
	bool zero;
};

/* Chunks that are passed over, unread. */
struct pump_gap {
	uint64_t at, n;
};

/* Needs tables_load. decode: also give the raw bytes, not only the verdict. */
ota_status pump_new(struct pump **out, ota_pkg *pkg, uint32_t section, bool decode, ota_err *err);
/* As pump_new, decoding, without the chunks in the gap. */
ota_status pump_new_with(struct pump **out, ota_pkg *pkg, uint32_t section,
	const struct pump_gap *gap, ota_err *err);
/* The next chunk, valid until the next call; *end after the last one. hash.chunk, malformed.chunk */
ota_status pump_next(struct pump *p, struct pump_chunk *chunk, bool *end, ota_err *err);
void pump_free(struct pump *p);

#endif
