/* SPDX-License-Identifier: MIT */
/* Counter-based random numbers (splitmix64): the nth is known without the ones before it. */
#ifndef SIM_PRNG_H
#define SIM_PRNG_H

#include <stdint.h>

static inline uint64_t prng_at(uint64_t seed, uint64_t n)
{
	uint64_t z = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30U)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27U)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31U);
}

/* A stream of them. */
struct prng {
	uint64_t seed, n;
};

static inline uint64_t prng_next(struct prng *p)
{
	return prng_at(p->seed, p->n++);
}

/* 0 … below - 1; the bias of the remainder does not matter here. */
static inline uint64_t prng_below(struct prng *p, uint64_t below)
{
	return prng_next(p) % below;
}

#endif
