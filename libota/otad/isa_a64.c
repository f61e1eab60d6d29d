/* SPDX-License-Identifier: MIT */
/*
 * AArch64: B, BL; ADRP with the low twelve bits that a following ADD, load or store
 * adds, both from one full target.
 */
#include "predict.h"

#define PAIR_WORDS 7 /* how far the two halves may be apart; MARGIN holds as many */

static bool is_adrp(uint32_t v)
{
	return (v & 0x9f000000U) == 0x90000000U;
}

/* The scale of the immediate of ADD, LDR or STR; -1: another instruction. */
static int low_scale(uint32_t v)
{
	if ((v & 0xffc00000U) == 0x91000000U)
		return 0;
	if ((v & 0x3b000000U) != 0x39000000U)
		return -1;
	return (v & 0x04800000U) == 0x04800000U ? 4 : (int)(v >> 30U);
}

static uint64_t low_bits(uint32_t v, int scale)
{
	return (uint64_t)(v >> 10U & 0xfffU) << (unsigned)scale;
}

static uint64_t page_of(uint32_t adrp, uint64_t at)
{
	uint64_t pages = (adrp >> 5U & 0x7ffffU) << 2U | (adrp >> 29U & 3U);

	return ((at >> 12U) + sign_extend(pages, 21)) << 12U;
}

/* ADRP: look ahead for the low part, so that its target is the whole one. */
static void get_page(struct ref *r, const uint8_t *p, uint64_t at, uint32_t v)
{
	r->target = page_of(v, at);
	r->blind = true;
	for (unsigned i = 1; i <= PAIR_WORDS; i++) {
		uint32_t w = get32(p + 4 * i);
		int scale = low_scale(w);

		if (scale >= 0 && (w >> 5U & 31U) == (v & 31U)) {
			r->target += low_bits(w, scale);
			return;
		}
	}
}

/* The low part: look back for its ADRP. */
static bool get_low(struct ref *r, const uint8_t *p, uint64_t at, uint32_t v, int scale)
{
	for (unsigned i = 1; i <= PAIR_WORDS; i++) {
		uint32_t w = get32(p - 4 * i);

		if (is_adrp(w) && (w & 31U) == (v >> 5U & 31U)) {
			r->target = page_of(w, at - 4 * (uint64_t)i) + low_bits(v, scale);
			return true;
		}
	}
	return false;
}

static bool get(struct ref *r, const uint8_t *p, uint64_t at)
{
	uint32_t v = get32(p);
	int scale;

	r->width = 4;
	if ((v & 0x7c000000U) == 0x14000000U) {
		r->target = at + sign_extend((uint64_t)(v & 0x3ffffffU) << 2U, 28);
		return true;
	}
	if (is_adrp(v)) {
		get_page(r, p, at, v);
		return true;
	}
	scale = low_scale(v);
	return scale >= 0 && get_low(r, p, at, v, scale);
}

static void put(uint8_t *p, uint64_t at, const struct ref *r)
{
	uint32_t v = get32(p), pages;

	if ((v & 0x7c000000U) == 0x14000000U) {
		v = (v & 0xfc000000U) | ((uint32_t)((r->target - at) >> 2U) & 0x3ffffffU);
	} else if (is_adrp(v)) {
		pages = (uint32_t)((r->target >> 12U) - (at >> 12U));
		v = (v & 0x9f00001fU) | (pages & 3U) << 29U | (pages >> 2U & 0x7ffffU) << 5U;
	} else {
		v = (v & 0xffc003ffU) |
		    ((uint32_t)(r->target & 0xfffU) >> (unsigned)low_scale(v) & 0xfffU) << 10U;
	}
	put32(p, v);
}

const struct isa isa_a64 = {4, get, put};
