/* SPDX-License-Identifier: MIT */
/* ARM: B and BL under any condition. */
#include "predict.h"

static bool get(struct ref *r, const uint8_t *p, uint64_t at)
{
	uint32_t v = get32(p);

	if ((v & 0x0e000000U) != 0x0a000000U || v >> 28U == 15)
		return false;
	r->width = 4;
	r->target = at + 8 + sign_extend((uint64_t)(v & 0xffffffU) << 2U, 26);
	return true;
}

static void put(uint8_t *p, uint64_t at, const struct ref *r)
{
	put32(p, (get32(p) & 0xff000000U) | ((uint32_t)((r->target - at - 8) >> 2U) & 0xffffffU));
}

const struct isa isa_arm = {4, get, put};
