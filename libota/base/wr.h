/* SPDX-License-Identifier: MIT */
/* The bounded writer into a fixed buffer, the twin of rd.h. Failure is sticky. */
#ifndef BASE_WR_H
#define BASE_WR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wr {
	uint8_t *p;
	size_t cap, pos;
	bool failed;
};

void wr_init(struct wr *w, void *p, size_t cap);
void wr_u8(struct wr *w, uint8_t v);
void wr_u16(struct wr *w, uint16_t v);
void wr_u32(struct wr *w, uint32_t v);
void wr_u64(struct wr *w, uint64_t v);
void wr_bytes(struct wr *w, const void *p, size_t len);
void wr_zeros(struct wr *w, size_t len);
bool wr_ok(const struct wr *w);

#endif
