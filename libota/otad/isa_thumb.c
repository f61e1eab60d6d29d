/* SPDX-License-Identifier: MIT */
/* Thumb: BL, BLX, B.W and B<cond>.W, two halfwords each. */
#include "predict.h"

#define LINK_EXCHANGE 0xc000U /* of the second halfword under 0xd000: BLX */
#define CONDITIONAL   0x8000U

static uint64_t branch_base(unsigned op, uint64_t at)
{
	return op == LINK_EXCHANGE ? (at + 4) & ~UINT64_C(3) : at + 4;
}

static bool get(struct ref *r, const uint8_t *p, uint64_t at)
{
	uint32_t a = get16(p), b = get16(p + 2), s = a >> 10U & 1U, op = b & 0xd000U;
	uint32_t j1 = b >> 13U & 1U, j2 = b >> 11U & 1U, off;

	if ((a & 0xf800U) != 0xf000U || !(b & 0x8000U))
		return false;
	r->width = 4;
	if (op == CONDITIONAL) {
		if ((a >> 6U & 15U) >= 14)
			return false;
		off = (a & 0x3fU) << 12U | (b & 0x7ffU) << 1U | j1 << 18U | j2 << 19U | s << 20U;
		r->target = at + 4 + sign_extend(off, 21);
		return true;
	}
	off = (a & 0x3ffU) << 12U | (b & 0x7ffU) << 1U | (j1 ^ s ^ 1U) << 23U |
	      (j2 ^ s ^ 1U) << 22U | s << 24U;
	r->target = branch_base(op, at) + sign_extend(off, 25);
	return true;
}

static void put(uint8_t *p, uint64_t at, const struct ref *r)
{
	uint32_t a = get16(p), b = get16(p + 2), op = b & 0xd000U, off, s;

	if (op == CONDITIONAL) {
		off = (uint32_t)(r->target - at - 4);
		a = (a & 0xfbc0U) | (off >> 20U & 1U) << 10U | (off >> 12U & 0x3fU);
		b = (b & 0xd000U) | (off >> 18U & 1U) << 13U | (off >> 19U & 1U) << 11U |
		    (off >> 1U & 0x7ffU);
	} else {
		off = (uint32_t)(r->target - branch_base(op, at));
		s = off >> 24U & 1U;
		a = 0xf000U | s << 10U | (off >> 12U & 0x3ffU);
		b = op | ((off >> 23U & 1U) ^ s ^ 1U) << 13U | ((off >> 22U & 1U) ^ s ^ 1U) << 11U |
		    (off >> 1U & 0x7ffU);
	}
	put16(p, a);
	put16(p + 2, b);
}

const struct isa isa_thumb = {2, get, put};
