/* SPDX-License-Identifier: MIT */
#include <diff/otad_rc.h>

#include <base/bits.h>
#include <otad/rc.h>

#define END_BYTES 5

void rc_out_init(struct rc_out *r, struct buf *out)
{
	*r = (struct rc_out){.out = out, .range = UINT32_MAX, .from = out->len};
}

/* The first byte held would be a zero: the decoder does not read it. */
static void give(struct rc_out *r, uint8_t byte)
{
	if (r->begun)
		buf_put(r->out, &byte, 1);
	r->begun = true;
}

/* A byte waits until no carry can reach it; a run of 0xff waits behind it. */
static void shift(struct rc_out *r)
{
	uint8_t carry = lo8(r->low >> 32U);

	if (r->low < 0xff000000U || carry != 0) {
		give(r, lo8((uint64_t)r->held + carry));
		for (; r->pending > 0; r->pending--)
			give(r, lo8(0xffU + (uint64_t)carry));
		r->held = lo8(r->low >> 24U);
	} else {
		r->pending++;
	}
	r->low = (r->low & 0x00ffffffU) << 8U;
}

unsigned rc_out_bit(struct rc_out *r, uint32_t p, unsigned bit)
{
	uint32_t bound = (r->range >> 16U) * p;

	if (bit) {
		r->range = bound;
	} else {
		r->low += bound;
		r->range -= bound;
	}
	while (r->range < RC_TOP) {
		r->range <<= 8U;
		shift(r);
	}
	return bit;
}

void rc_out_end(struct rc_out *r)
{
	unsigned zeros = 32;
	uint64_t end = 0, mask;

	do {
		mask = (UINT64_C(1) << zeros) - 1;
		end = (r->low + mask) & ~mask;
		zeros--;
	} while (end - r->low >= r->range);
	r->low = end;
	for (unsigned i = 0; i < END_BYTES; i++)
		shift(r);
	if (r->out->failed)
		return;
	for (unsigned i = 0; i < RC_PAST_MAX && r->out->len > r->from + 1; i++) {
		if (r->out->p[r->out->len - 1] != 0)
			break;
		r->out->len--;
	}
}
