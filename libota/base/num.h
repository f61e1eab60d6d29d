/* SPDX-License-Identifier: MIT */
/* Checked arithmetic and narrowing: sizes never wrap. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool add_u64(uint64_t *out, uint64_t a, uint64_t b)
{
	return !__builtin_add_overflow(a, b, out);
}

static inline bool mul_u64(uint64_t *out, uint64_t a, uint64_t b)
{
	return !__builtin_mul_overflow(a, b, out);
}

/* Narrowing of values already known to fit: a broken contract asserts. */
static inline size_t size_of_u64(uint64_t v)
{
	assert(v <= SIZE_MAX);
	return (size_t)v;
}

static inline uint32_t u32_of_u64(uint64_t v)
{
	assert(v <= UINT32_MAX);
	return (uint32_t)v;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* x rounded up to a power of two; false on overflow. */
static inline bool align_u64(uint64_t *out, uint64_t x, uint64_t pow2)
{
	if (!add_u64(out, x, pow2 - 1))
		return false;
	*out &= ~(pow2 - 1);
	return true;
}

#endif
