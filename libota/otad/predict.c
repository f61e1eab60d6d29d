/* SPDX-License-Identifier: MIT */
#include "predict.h"

#define WORD_MIN 256U                 /* smaller values are numbers rather than addresses */
#define RAM_SPAN (UINT32_C(1) << 20U) /* what is looked at from ram on */

const struct isa *const isas[OTAD_ISAS] = {NULL, &isa_thumb, &isa_arm, &isa_a64, &isa_x86, &isa_rv};

static void note(struct block *b, unsigned at, bool word, uint64_t key)
{
	struct lookup *l;

	if (b->lookups == sizeof(b->lookup) / sizeof(b->lookup[0]))
		return;
	l = &b->lookup[b->lookups++];
	l->at = (uint8_t)at;
	l->word = word;
	l->key = key;
}

static void mark(struct block *b, unsigned at, unsigned width, unsigned kind, bool sure)
{
	for (unsigned i = 0; i < width; i++)
		b->kind[at + i] =
			(uint8_t)(kind + (i < 3 ? i : 3) + (sure ? 0U : (unsigned)KIND_UNSURE));
	b->unsure += !sure;
}

/* The width of the reference predicted at place at of the block; 0: there is none. */
static unsigned predict_ref(const struct predict *pr, struct block *b, unsigned at, uint64_t left)
{
	const uint8_t *o = b->old_ + MARGIN + at;
	uint64_t n = b->new_at + at, shift, key;
	struct ref r = {0};
	bool sure;

	if (pr->isa == NULL || (b->old_at + at) % pr->isa->align != 0 || n % pr->isa->align != 0)
		return 0;
	if (!pr->isa->get(&r, o, b->old_at + at) || r.width > left)
		return 0;
	if (r.target >= pr->h->old_size + (UINT64_C(64) << 20U))
		return 0;
	key = r.target;
	r.target = map_to_new(&pr->map, key, &sure);
	if (!sure) {
		if (learn_find(&pr->code, key, &shift) != KNOWN_NOT)
			r.target = key + shift;
		if (!r.blind)
			note(b, at, false, key);
	}
	otad_copy(b->said + at, o, r.width);
	pr->isa->put(b->said + at, n, &r);
	mark(b, at, r.width, 1, sure);
	return r.width;
}

/* The same for an aligned word that looks like an address. */
static unsigned predict_word(const struct predict *pr, struct block *b, unsigned at, uint64_t left)
{
	uint32_t v = get32(b->old_ + MARGIN + at), low = pr->h->isa == OTAD_THUMB ? v & 1U : 0;
	uint32_t off = v - pr->h->base;
	uint64_t shift;
	enum known known;
	bool sure = false;

	if (!(pr->h->flags & OTAD_FLAG_WORDS) || left < 4)
		return 0;
	if (((b->old_at + at) & 3U) != 0 || ((b->new_at + at) & 3U) != 0)
		return 0;
	if ((off < WORD_MIN || off >= pr->h->old_size) && v - pr->h->ram >= RAM_SPAN)
		return 0;
	known = learn_find(&pr->word, v, &shift);
	if (known == KNOWN_EXACT) {
		v += (uint32_t)shift;
		sure = true;
	} else if (off >= WORD_MIN && off < pr->h->old_size) {
		v = (uint32_t)map_to_new(&pr->map, off - low, &sure) + low + pr->h->base;
	} else if (known == KNOWN_NEAR) {
		v += (uint32_t)shift;
	}
	note(b, at, true, get32(b->old_ + MARGIN + at));
	put32(b->said + at, v);
	mark(b, at, 4, KIND_WORD, sure);
	return 4;
}

void predict_block(const struct predict *pr, struct block *b, uint64_t left)
{
	unsigned at = 0, width;

	b->unsure = 0;
	b->lookups = 0;
	while (at < BLOCK && at < left) {
		width = predict_ref(pr, b, at, left - at);
		if (width == 0)
			width = predict_word(pr, b, at, left - at);
		if (width == 0) {
			b->said[at] = b->old_[MARGIN + at];
			b->kind[at] = 0;
			width = 1;
		}
		at += width;
	}
	b->len = at;
}

void predict_learn(struct predict *pr, const struct block *b, const uint8_t *is)
{
	for (unsigned i = 0; i < b->lookups; i++) {
		const struct lookup *l = &b->lookup[i];
		struct ref r = {0};

		if (l->word)
			learn_put(&pr->word, l->key, (uint64_t)get32(is + l->at) - l->key);
		else if (pr->isa->get(&r, is + l->at, b->new_at + l->at) && !r.blind)
			learn_put(&pr->code, l->key, r.target - l->key);
	}
}
