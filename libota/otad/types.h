/* SPDX-License-Identifier: MIT */
/* What every file of the folder needs: numbers in bytes, and the three mem* calls. */
#ifndef OTAD_TYPES_H
#define OTAD_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define otad_copy  __builtin_memcpy
#define otad_move  __builtin_memmove
#define otad_clear __builtin_memset

static inline uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8U;
}

static inline uint32_t get32(const uint8_t *p)
{
	return get16(p) | get16(p + 2) << 16U;
}

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v & 0xffU);
	p[1] = (uint8_t)(v >> 8U & 0xffU);
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v);
	put16(p + 2, v >> 16U);
}

/* The low bits of v as a signed number, modulo 2^64. */
static inline uint64_t sign_extend(uint64_t v, unsigned bits)
{
	uint64_t top = UINT64_C(1) << (bits - 1);

	v &= (top << 1U) - 1;
	return (v ^ top) - top;
}

#endif
