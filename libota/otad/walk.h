/* SPDX-License-Identifier: MIT */
/*
 * The grammar of a segment and of the covers, written once. Whoever includes this
 * defines, for a `struct WALK_CODER`,
 *   WALK_CODE(c, p, bit)  a bit of probability p: coded and given back, or decoded
 *   WALK_SEEN(c, at)      the new byte at an offset: known, or 0 where it is decoded
 *   WALK_EXPECT(l, cover) where to expect a cover (list.h): the best there is, or 0
 *   WALK_SOUND(c)         nothing was read beyond the end
 * so an encoder and a decoder cannot differ in what they code under which context.
 * Included in one file of each.
 */
#ifndef OTAD_WALK_H
#define OTAD_WALK_H

#include "state.h"

static unsigned walk_bit(struct WALK_CODER *c, struct model *m, struct decision *d, unsigned bit)
{
	bit = WALK_CODE(c, model_predict(m, d), bit);
	model_update(m, d, bit);
	return bit;
}

/* ---- the covers ---- */

static unsigned walk_digit(
	struct WALK_CODER *c, struct walk *w, enum cover_field field, uint32_t place, unsigned bit)
{
	struct decision d;

	cover_contexts(&w->list, field, place, &d);
	return walk_bit(c, &w->model, &d, bit);
}

/* Which decision the bit with i − 1 below it is, behind those in value; 0: none, either is as likely. */
static uint32_t digit(const struct walk *w, unsigned log, unsigned i, uint64_t value)
{
	uint32_t last = (uint32_t)value & 3U;

	if (log - i < 2)
		return PLACE_HIGH + 4 * log + last;
	if (i > 2)
		return 0;
	return PLACE_LOW + 4 * w->list.align + (i == 1 ? last & 1U : 2);
}

static uint64_t walk_number(
	struct WALK_CODER *c, struct walk *w, enum cover_field field, uint64_t v)
{
	unsigned log = 0, want;
	uint64_t value = 1;

	v++;
	while (log + 1 < NUMBER_BITS && walk_digit(c, w, field, log, v >> (log + 1) != 0) != 0)
		log++;
	for (unsigned i = log; i > 0; i--) {
		uint32_t place = digit(w, log, i, value);

		want = v >> (i - 1) & 1U;
		want = place == 0 ? WALK_CODE(c, RC_ONE / 2, want)
				  : walk_digit(c, w, field, place, want);
		value = value << 1U | want;
	}
	return value - 1;
}

static void walk_cover(struct WALK_CODER *c, struct walk *w, struct cover *cover)
{
	struct list *l = &w->list;
	uint64_t from, gap = cover->new_at - l->new_end, jump;
	unsigned back;

	list_next(l);
	gap = walk_number(c, w, COVER_GAP, gap);
	list_gap(l, gap);
	from = list_from(l, walk_number(c, w, COVER_WHICH, WALK_EXPECT(l, cover)));
	jump = cover->old_at - from;
	back = jump >> 63U ? 1U : 0U;
	jump = walk_number(c, w, COVER_JUMP, back ? 0 - jump : jump);
	list_jump(l, jump);
	if (jump > 0 && walk_digit(c, w, COVER_BACK, 0, back))
		jump = 0 - jump;
	cover->new_at = l->new_at;
	cover->old_at = from + jump;
	cover->len = walk_number(c, w, COVER_LEN, cover->len);
	list_put(l, cover);
}

/* ---- the body ---- */

/* Eight decisions under the contexts of base, highest bit first. */
static uint8_t walk_byte(
	struct WALK_CODER *c, struct model *m, const struct decision *base, unsigned value)
{
	struct decision d = *base;
	unsigned got = 1, bit;

	for (unsigned i = 8; i > 0; i--) {
		for (unsigned k = 0; i % 4 == 0 && k < d.n; k++)
			d.ctx[k] = mix2(base->ctx[k], got);
		d.node = i % 4 == 0 ? 1 : d.node;
		bit = walk_bit(c, m, &d, value >> (i - 1) & 1U);
		d.node = d.node << 1U | bit;
		got = got << 1U | bit;
	}
	return (uint8_t)(got & 0xffU);
}

static enum otad_status walk_literals(struct WALK_CODER *c, struct walk *w, uint64_t end)
{
	enum otad_status st;
	struct decision d;
	uint8_t v;

	for (; w->new_at < end; w->new_at++) {
		literal_contexts(w, &d);
		v = walk_byte(c, &w->model, &d, WALK_SEEN(c, w->new_at));
		st = walk_put(w, v);
		if (st)
			return st;
		w->run = 0;
		w->misses = 0;
		if (!WALK_SOUND(c))
			return OTAD_MALFORMED;
	}
	return OTAD_OK;
}

static bool walk_all_equal(struct WALK_CODER *c, const struct walk *w, unsigned from, unsigned end)
{
	for (unsigned i = from; i < end; i++)
		if (WALK_SEEN(c, w->new_at + i) != w->block.said[i])
			return false;
	return true;
}

/* What was coded of a byte, for the contexts of the next. */
static void walk_note(struct walk *w, uint8_t said, uint8_t is)
{
	w->misses <<= 1U;
	w->run++;
	if (is == said)
		return;
	w->differ = (uint8_t)((is - said) & 0xff);
	w->misses |= 1U;
	w->run = 0;
}

/* One byte of a word that is not equal throughout; must: it is the only one left to differ. */
static uint8_t walk_covered(struct WALK_CODER *c, struct walk *w, unsigned i, bool must)
{
	uint8_t said = w->block.said[i], is = WALK_SEEN(c, w->new_at + i);
	struct decision d;

	equal_contexts(w, i, &d);
	if (must || !walk_bit(c, &w->model, &d, is == said)) {
		difference_contexts(w, i, &d);
		is = (uint8_t)((said + walk_byte(c, &w->model, &d, (is - said) & 0xffU)) & 0xff);
	} else {
		is = said;
	}
	walk_note(w, said, is);
	return is;
}

static void walk_equal(struct walk *w, unsigned from, unsigned end)
{
	for (unsigned i = from; i < end; i++)
		w->out[w->fill++] = w->block.said[i];
	w->run += end - from;
}

/* One of the last differences of a whole word; SHIFTS: another. */
static unsigned walk_shift(struct WALK_CODER *c, struct walk *w, unsigned from)
{
	uint32_t said = get32(w->block.said + from), is = 0;
	struct decision d;
	unsigned k = 0;

	for (unsigned i = 4; i > 0; i--)
		is = is << 8U | WALK_SEEN(c, w->new_at + from + i - 1);
	for (; k < SHIFTS; k++) {
		shift_contexts(w, from, k, &d);
		if (walk_bit(c, &w->model, &d, is - said == w->shift[k]))
			break;
	}
	w->hits = (uint8_t)(((unsigned)w->hits << 1U | (k < SHIFTS ? 1U : 0U)) & 0xffU);
	return k;
}

static void walk_shifted(struct walk *w, unsigned from, unsigned which)
{
	const uint8_t *said = w->block.said + from;

	put32(w->out + w->fill, get32(said) + w->shift[which]);
	for (unsigned i = 0; i < 4; i++)
		walk_note(w, said[i], w->out[w->fill + i]);
	w->fill += 4;
}

/* The difference of the word that ends here, to the front of the last ones. */
static void walk_learn_shift(struct walk *w, unsigned from, unsigned which)
{
	uint32_t shift = get32(w->out + w->fill - 4) - get32(w->block.said + from);

	for (unsigned i = which < SHIFTS ? which : SHIFTS - 1; i > 0; i--)
		w->shift[i] = w->shift[i - 1];
	w->shift[0] = shift;
}

/* The bytes of a block from one on that share a word of new; true: they are as predicted. */
static bool walk_word(struct WALK_CODER *c, struct walk *w, unsigned from, unsigned end, bool must)
{
	unsigned differ = 0, which = SHIFTS;
	struct decision d;

	word_contexts(w, from, &d);
	if (!must && walk_bit(c, &w->model, &d, walk_all_equal(c, w, from, end))) {
		walk_equal(w, from, end);
		w->misses <<= end - from;
		return true;
	}
	if (end - from == 4)
		which = walk_shift(c, w, from);
	if (which < SHIFTS)
		walk_shifted(w, from, which);
	for (unsigned i = from; which == SHIFTS && i < end; i++) {
		uint8_t is = walk_covered(c, w, i, differ == 0 && i + 1 == end);

		w->out[w->fill++] = is;
		differ += w->misses & 1U;
	}
	if (end - from == 4)
		walk_learn_shift(w, from, which);
	return false;
}

/* Word by word: not all are as predicted. */
static __attribute__((noinline)) void walk_words(struct WALK_CODER *c, struct walk *w)
{
	unsigned len = w->block.len, end;
	bool equal = true;

	for (unsigned from = 0; from < len; from = end) {
		end = from + 4U - (unsigned)((w->new_at + from) & 3U);
		end = end < len ? end : len;
		equal = walk_word(c, w, from, end, equal && end == len) && equal;
	}
}

static enum otad_status walk_block(
	struct WALK_CODER *c, struct walk *w, const struct cover *cover, uint64_t end)
{
	struct block *b = &w->block;
	enum otad_status st;
	struct decision d;

	b->new_at = w->new_at;
	b->old_at = cover->old_at + (w->new_at - cover->new_at);
	st = walk_view(w);
	if (st)
		return st;
	predict_block(&w->predict, b, end - w->new_at);
	block_contexts(w, &d);
	if (walk_bit(c, &w->model, &d, walk_all_equal(c, w, 0, b->len))) {
		walk_equal(w, 0, b->len);
		w->misses = 0;
	} else {
		walk_words(c, w);
	}
	otad_clear(w->out + w->fill, 0, MARGIN);
	predict_learn(&w->predict, b, w->out + w->fill - b->len);
	w->new_at += b->len;
	return WALK_SOUND(c) ? OTAD_OK : OTAD_MALFORMED;
}

/* New bytes from w->new_at to end; cover: the index of the first that ends behind it. */
static enum otad_status walk_segment(
	struct WALK_CODER *c, struct walk *w, uint32_t cover, uint64_t end)
{
	enum otad_status st = OTAD_OK;

	while (st == OTAD_OK && w->new_at < end) {
		const struct cover *k = cover < w->covers ? &w->cover[cover] : NULL;
		uint64_t stop = k != NULL && k->new_at < end ? k->new_at : end;

		if (w->new_at < stop) {
			st = walk_literals(c, w, stop);
			continue;
		}
		stop = k->new_at + k->len < end ? k->new_at + k->len : end;
		while (st == OTAD_OK && w->new_at < stop)
			st = walk_block(c, w, k, stop);
		cover++;
	}
	return st == OTAD_OK ? walk_flush(w) : st;
}

#endif
