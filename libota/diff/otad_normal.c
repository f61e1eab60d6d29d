/* SPDX-License-Identifier: MIT */
/*
 * Code that moved calls the same functions at other distances. With the distances
 * blanked on both sides the matcher finds it whole.
 */
#include <diff/otad_make.h>

#include <base/bits.h>
#include <otad/predict.h>

#include <string.h>

#define WORD_MIN 256U

/* Room around the image for what a reference looks at. */
struct window {
	uint8_t p[MARGIN + FIELD_MAX + MARGIN];
};

static void look(struct window *w, const uint8_t *p, size_t n, size_t at)
{
	size_t from = at < MARGIN ? 0 : at - MARGIN;
	size_t end = at + FIELD_MAX + MARGIN;

	end = end < n ? end : n;
	memset(w->p, 0, sizeof(w->p));
	memcpy(w->p + MARGIN - (at - from), p + from, end - from);
}

static bool is_word(uint32_t v, size_t n, const struct otad_view *view)
{
	uint32_t off = v - view->base;

	return off >= WORD_MIN && off < n;
}

void otad_normalise(uint8_t *out, const uint8_t *p, size_t n, const struct otad_view *v)
{
	const struct isa *isa = isas[v->isa];
	size_t at = 0, step = isa != NULL && isa->align < 4 ? isa->align : 4;
	struct window w;

	memcpy(out, p, n);
	while (at + FIELD_MAX <= n) {
		struct ref r = {0};

		if (isa != NULL) {
			look(&w, p, n, at);
			if (isa->get(&r, w.p + MARGIN, at) && r.target < n) {
				r.target = at;
				isa->put(out + at, at, &r);
				at += r.width;
				continue;
			}
		}
		if (v->words && at % 4 == 0 && is_word(load_le32(p + at), n, v))
			store_le32(out + at, v->base | 0xff000000U);
		at += step;
	}
}
