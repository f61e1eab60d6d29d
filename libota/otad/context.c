/* SPDX-License-Identifier: MIT */
/* The contexts. The first of each is the one that stands alone in the profile tiny. */
#include "state.h"

/* Where the mixing weights of each kind of decision begin, MODEL_SETS in all. */
enum {
	SET_LITERAL = 0,
	SET_BLOCK = 4,
	SET_EQUAL = 8,
	SET_DIFFER = SET_EQUAL + 4 * KINDS,
	SET_WORD = SET_DIFFER + KINDS,
	SET_SHIFT = SET_WORD + KINDS,
	SET_COVER = SET_SHIFT + KINDS + 2
};

_Static_assert(SET_COVER + 3 <= MODEL_SETS, "weights for every set");

/* The kinds: how many contexts each has, and what its slots count to. */
enum what { LITERAL, BLOCKS, EQUAL, DIFFERENCE, WORD, SHIFT, COVER };

static const struct {
	uint8_t contexts, limit;
} kinds[] = {[LITERAL] = {8, 250},
	[BLOCKS] = {4, 250},
	[EQUAL] = {8, 255},
	[DIFFERENCE] = {8, 250},
	[WORD] = {8, 255},
	[SHIFT] = {4, 250},
	[COVER] = {2, 40}};

static uint32_t hash3(uint32_t a, uint32_t b, uint32_t c)
{
	return mix2(mix2(a, b), c);
}

static uint32_t run_class(uint64_t run)
{
	uint32_t class = 8;

	if (run < 8)
		return (uint32_t)run;
	while (class < 15 && run >> (class - 4) != 0)
		class ++;
	return class;
}

/* The contexts are there: salted, the kinds share tables but no slots. */
static void ready(struct decision *d, enum what what, unsigned set)
{
	d->n = kinds[what].contexts;
	d->limit = kinds[what].limit;
	d->set = set;
	d->node = 0;
	for (unsigned i = 0; i < d->n; i++)
		d->ctx[i] = mix2(d->ctx[i], (uint32_t)what + 1 + 8 * i);
}

void cover_contexts(
	const struct list *l, enum cover_field field, uint32_t place, struct decision *d)
{
	uint32_t key = (field << 10U | place) << 3U | l->which << 2U | l->jump;

	d->ctx[0] = key;
	d->ctx[1] = hash3(key, l->last_jump, 1);
	ready(d, COVER, SET_COVER + (place < PLACE_HIGH ? 0 : place < PLACE_LOW ? 1 : 2));
}

void literal_contexts(const struct walk *w, struct decision *d)
{
	const uint8_t *last = w->out + w->fill;
	uint32_t align = (uint32_t)w->new_at & 3U;
	uint32_t h1 = *(last - 1), h2 = get16(last - 2), h4 = get32(last - 4);

	d->ctx[0] = (h1 & 0xf0U) << 1U | (align & 1U);
	d->ctx[1] = align;
	d->ctx[2] = h1 << 2U | align;
	d->ctx[3] = h2;
	d->ctx[4] = h4 >> 8U;
	d->ctx[5] = h4;
	d->ctx[6] = (h4 & 0xffU) << 10U | (h4 >> 16U & 0xffU) << 2U | align;
	d->ctx[7] = hash3(get16(last - 4), align & 1U, 5);
	ready(d, LITERAL, SET_LITERAL + align);
}

void block_contexts(const struct walk *w, struct decision *d)
{
	uint32_t unsure = w->block.unsure < 3 ? w->block.unsure : 3;
	uint32_t run = run_class(w->run);

	d->ctx[0] = run << 2U | unsure;
	d->ctx[1] = unsure << 8U | (w->misses & 0xffU);
	d->ctx[2] = w->misses != 0;
	d->ctx[3] = unsure << 8U | w->block.lookups;
	ready(d, BLOCKS, SET_BLOCK + unsure);
}

/* Whether any of the last bytes differed, four a bit. */
static uint32_t missed_words(uint32_t misses)
{
	uint32_t out = 0;

	for (unsigned i = 0; i < 8; i++)
		out |= ((misses >> 4 * i & 15U) != 0 ? 1U : 0U) << i;
	return out;
}

void word_contexts(const struct walk *w, unsigned i, struct decision *d)
{
	const uint8_t *o = w->block.old_ + MARGIN + i;
	uint32_t kind = w->block.kind[i], run = run_class(w->run), words = missed_words(w->misses);
	uint32_t align = (uint32_t)(w->new_at + i) >> 2U & 1U;

	d->ctx[0] = kind << 8U | run << 4U | (words & 15U);
	d->ctx[1] = (kind << 8U | words) << 1U | align;
	d->ctx[2] = hash3(get32(o), kind, 0);
	d->ctx[3] = hash3(get32(o - 4), kind, words & 3U);
	d->ctx[4] = hash3(get16(o + 2), kind, words & 3U);
	d->ctx[5] = hash3(get16(o), kind, words & 1U);
	d->ctx[6] = hash3(get32(o + 4), w->differ, words & 3U);
	d->ctx[7] = hash3(get32(w->out + w->fill - 4), kind, words & 1U);
	ready(d, WORD, SET_WORD + kind);
}

void shift_contexts(const struct walk *w, unsigned i, unsigned which, struct decision *d)
{
	const uint8_t *o = w->block.old_ + MARGIN + i;
	uint32_t kind = w->block.kind[i], shift = w->shift[which], hits = w->hits;

	d->ctx[0] = (kind << 1U | which) << 4U | (hits & 15U);
	d->ctx[1] = hash3(shift, kind, which);
	d->ctx[2] = hash3(get32(o), shift, 0);
	d->ctx[3] = hash3(missed_words(w->misses) & 15U, hits & 3U, which);
	ready(d, SHIFT, SET_SHIFT + (which == 0 ? kind : KINDS + kind / KIND_UNSURE));
}

void equal_contexts(const struct walk *w, unsigned i, struct decision *d)
{
	const uint8_t *o = w->block.old_ + MARGIN + i;
	uint32_t kind = w->block.kind[i], said = w->block.said[i], run = run_class(w->run);
	uint32_t align = (uint32_t)(w->new_at + i) & 3U, misses = w->misses;

	d->ctx[0] = (kind << 4U | run) << 2U | (misses & 3U);
	d->ctx[1] = ((kind << 4U | run) << 2U | align) << 2U | (misses & 3U);
	d->ctx[2] = kind << 8U | (misses & 0xffU);
	d->ctx[3] = hash3(kind << 8U | said, run >> 1U, align << 2U | (misses & 3U));
	d->ctx[4] = hash3(get32(o), kind, 0);
	d->ctx[5] = hash3(get32(o - 3), kind, misses & 7U);
	d->ctx[6] = hash3(get32(o - 2), w->differ, misses & 3U);
	d->ctx[7] = hash3(get16(w->out + w->fill - 2), said, kind);
	ready(d, EQUAL, SET_EQUAL + kind * 4 + (run < 4 ? 0 : run < 8 ? 1 : run < 12 ? 2 : 3));
}

void difference_contexts(const struct walk *w, unsigned i, struct decision *d)
{
	const uint8_t *o = w->block.old_ + MARGIN + i, *last = w->out + w->fill;
	uint32_t kind = w->block.kind[i], said = w->block.said[i];

	d->ctx[0] = kind;
	d->ctx[1] = kind << 8U | w->differ;
	d->ctx[2] = kind << 8U | said;
	d->ctx[3] = hash3(kind << 8U | w->differ, said, 1);
	d->ctx[4] = hash3(get16(last - 2), kind, said);
	d->ctx[5] = hash3(get32(o), kind, 2);
	d->ctx[6] = hash3(get32(o - 2), w->differ, 3);
	d->ctx[7] = hash3(get32(o - 3), kind, 4);
	ready(d, DIFFERENCE, SET_DIFFER + kind);
}
