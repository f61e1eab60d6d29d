/* SPDX-License-Identifier: MIT */
/*
 * The bounded reader: the only thing that touches untrusted bytes. Failure is
 * sticky and reads then give zeros; ask rd_ok before believing, rd_end when
 * nothing may be left.
 */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rd {
	const uint8_t *p;
	size_t len, pos;
	bool failed;
};

void rd_init(struct rd *r, const void *p, size_t len);
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
/* Borrowed pointer to len bytes, NULL on failure. */
const uint8_t *rd_bytes(struct rd *r, size_t len);
void rd_copy(struct rd *r, void *out, size_t len);
/* Skip len bytes that must be zero; false (and failed) if they are not. */
bool rd_zeros(struct rd *r, size_t len);
/* Borrowed text up to the next NUL, which is skipped too; NULL on failure. */
const char *rd_text(struct rd *r, size_t *len);
/* A child confined to the next len bytes, which the parent skips. */
struct rd rd_sub(struct rd *r, size_t len);
size_t rd_left(const struct rd *r);
bool rd_ok(const struct rd *r);
/* Nothing failed and nothing is left. */
bool rd_end(const struct rd *r);

/* All len bytes are zero. */
bool mem_is_zero(const void *p, size_t len);

#endif
