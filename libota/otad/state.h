/* SPDX-License-Identifier: MIT */
/* What a walk over a segment knows, and the contexts it codes under. */
#ifndef OTAD_STATE_H
#define OTAD_STATE_H

#include "list.h"
#include "model.h"
#include "predict.h"
#include "rc.h"

#define KEEP   64  /* bytes of output that stay readable */
#define OUT    512 /* written together */
#define SHIFTS 2

/* The numbers of a cover, in their order, and whether it lies before where it is expected. */
enum cover_field { COVER_GAP, COVER_WHICH, COVER_JUMP, COVER_BACK, COVER_LEN };

/* Which of the decisions of a number: of its length in bits, its first bits, its last two. */
#define NUMBER_BITS 49U /* of the number plus one */
enum { PLACE_HIGH = 64, PLACE_LOW = 512 };

struct walk {
	const struct otad_head *h;
	const struct otad_io *io;
	const struct cover *cover;
	uint32_t covers;
	struct predict predict;
	struct model model;
	struct block block;
	uint64_t new_at;
	uint64_t run;           /* equal bytes behind us */
	uint32_t misses;        /* of the last 32 bytes, the latest lowest */
	uint8_t differ;         /* the last difference */
	uint8_t hits;           /* of the last 8 words that differed, which by one of shift */
	uint32_t shift[SHIFTS]; /* the last differences of words, latest first */
	unsigned fill;          /* of out, the kept bytes included */
	union {
		struct list list; /* while the covers are coded; then: */
		uint8_t out[KEEP + OUT + BLOCK_MAX + MARGIN];
	};
};

/* Bytes of memory for h: covers, their order, lessons, model. 0: too many to address. */
size_t walk_size(const struct otad_head *h);
/* The places in mem, walk_size bytes of it aligned for any type; *cover has room for h->covers. */
void walk_init(struct walk *w, const struct otad_head *h, void *mem, struct cover **cover,
	uint32_t **order);
/* Stand before the first cover. */
void walk_begin(struct walk *w);
/* Forget all and stand at the start of a segment. */
void walk_reset(struct walk *w, uint64_t new_at);
/* The covers are there: w->cover[0 … covers). */
void walk_covers(struct walk *w, const struct cover *cover, uint32_t n, uint32_t *order);
/* The index of the first cover that ends behind new offset at. */
uint32_t walk_find(const struct walk *w, uint64_t at);

enum otad_status walk_put(struct walk *w, uint8_t v);
enum otad_status walk_flush(struct walk *w);
/* Fill in the old bytes around the block, and make room in out for it. */
enum otad_status walk_view(struct walk *w);

void cover_contexts(
	const struct list *l, enum cover_field field, uint32_t place, struct decision *d);
void literal_contexts(const struct walk *w, struct decision *d);
void block_contexts(const struct walk *w, struct decision *d);
void word_contexts(const struct walk *w, unsigned i, struct decision *d);
void shift_contexts(const struct walk *w, unsigned i, unsigned which, struct decision *d);
void equal_contexts(const struct walk *w, unsigned i, struct decision *d);
void difference_contexts(const struct walk *w, unsigned i, struct decision *d);

#endif
