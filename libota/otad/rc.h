/* SPDX-License-Identifier: MIT */
/*
 * The binary range decoder. A probability is that of a one, in 1/65536. Behind
 * the last byte zeros are read: the encoder drops those of its end.
 */
#ifndef OTAD_RC_H
#define OTAD_RC_H

#include "types.h"

#define RC_TOP      ((uint32_t)1 << 24U)
#define RC_ONE      65536U
#define RC_PAST_MAX 4U /* zeros that may be missing */

struct rc {
	const uint8_t *p, *end;
	uint32_t range, code, past;
};

static inline uint32_t rc_byte(struct rc *r)
{
	if (r->p < r->end)
		return *r->p++;
	r->past++;
	return 0;
}

static inline void rc_init(struct rc *r, const uint8_t *p, size_t len)
{
	*r = (struct rc){.p = p, .end = p + len, .range = UINT32_MAX};
	for (unsigned i = 0; i < 4; i++)
		r->code = r->code << 8U | rc_byte(r);
}

static inline unsigned rc_bit(struct rc *r, uint32_t p)
{
	uint32_t bound = (r->range >> 16U) * p;
	unsigned bit = r->code < bound;

	if (bit) {
		r->range = bound;
	} else {
		r->range -= bound;
		r->code -= bound;
	}
	while (r->range < RC_TOP) {
		r->range <<= 8U;
		r->code = r->code << 8U | rc_byte(r);
	}
	return bit;
}

/* Everything that was asked for was there. */
static inline bool rc_sound(const struct rc *r)
{
	return r->past <= RC_PAST_MAX;
}

/* And nothing is left. */
static inline bool rc_ended(const struct rc *r)
{
	return rc_sound(r) && r->p == r->end;
}

#endif
