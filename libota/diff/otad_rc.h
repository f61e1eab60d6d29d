/* SPDX-License-Identifier: MIT */
/* The range encoder that otad/rc.h decodes. */
#ifndef DIFF_OTAD_RC_H
#define DIFF_OTAD_RC_H

#include <base/buf.h>

struct rc_out {
	struct buf *out;
	const uint8_t *new_; /* what walk.h encodes */
	uint64_t low, pending;
	uint32_t range;
	uint8_t held;
	size_t from;
	bool begun;
};

void rc_out_init(struct rc_out *r, struct buf *out);
unsigned rc_out_bit(struct rc_out *r, uint32_t p, unsigned bit);
/* The shortest end: zeros that the decoder makes up are dropped. A byte is left. */
void rc_out_end(struct rc_out *r);

#endif
