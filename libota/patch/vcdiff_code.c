/* SPDX-License-Identifier: MIT */
/* The default code table is regular enough to be computed: RFC 3284 section 5.6. */
#include <patch/vcdiff.h>

/* Codes of a copy: its size follows, or is 4 to 18. */
#define COPY_SIZES 16U
/* The first code of each group. */
enum { ADD = 1, COPY = 19, ADD_COPY = 163, ADD_COPY_SAME = 235, COPY_ADD = 247 };

#define INST(t, s, m) ((struct vcdiff_inst){(t), (s), (m)})

void vcdiff_code(struct vcdiff_inst two[2], uint8_t code)
{
	unsigned k = code;

	two[1] = INST(VCDIFF_NOOP, 0, 0);
	if (k == 0) {
		two[0] = INST(VCDIFF_RUN, 0, 0);
	} else if (k < COPY) {
		two[0] = INST(VCDIFF_ADD, k - ADD, 0);
	} else if (k < ADD_COPY) {
		k -= COPY;
		two[0] = INST(
			VCDIFF_COPY, k % COPY_SIZES == 0 ? 0 : k % COPY_SIZES + 3, k / COPY_SIZES);
	} else if (k < ADD_COPY_SAME) {
		k -= ADD_COPY;
		two[0] = INST(VCDIFF_ADD, k % 12 / 3 + 1, 0);
		two[1] = INST(VCDIFF_COPY, k % 3 + 4, k / 12);
	} else if (k < COPY_ADD) {
		k -= ADD_COPY_SAME;
		two[0] = INST(VCDIFF_ADD, k % 4 + 1, 0);
		two[1] = INST(VCDIFF_COPY, 4, VCDIFF_MODE_SAME + k / 4);
	} else {
		two[0] = INST(VCDIFF_COPY, 4, k - COPY_ADD);
		two[1] = INST(VCDIFF_ADD, 1, 0);
	}
}

void vcdiff_cache_put(struct vcdiff_cache *c, uint64_t addr)
{
	c->near[c->next] = addr;
	c->next = (c->next + 1) % VCDIFF_NEAR;
	c->same[addr % (VCDIFF_SAME * 256)] = addr;
}

#define ADLER_MOD  65521U
#define ADLER_SPAN ((size_t)5552) /* so many bytes cannot overflow 32 bits */

uint32_t vcdiff_adler(uint32_t adler, const uint8_t *p, size_t len)
{
	uint32_t a = adler & 0xffffU, b = adler >> 16U;

	while (len > 0) {
		size_t n = len < ADLER_SPAN ? len : ADLER_SPAN;

		for (size_t i = 0; i < n; i++) {
			a += p[i];
			b += a;
		}
		a %= ADLER_MOD;
		b %= ADLER_MOD;
		p += n;
		len -= n;
	}
	return b << 16U | a;
}
