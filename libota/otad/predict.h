/* SPDX-License-Identifier: MIT */
/*
 * What a stretch of the old image says now. At each place where the old bytes hold
 * a reference, its target goes through the covers and the reference is written anew.
 * The only predictor: the encoder links it too. A block is predicted whole before
 * a byte of it is coded, and learnt from after.
 */
#ifndef OTAD_PREDICT_H
#define OTAD_PREDICT_H

#include "cover.h"
#include "learn.h"
#include "otad.h"
#include "types.h"

#define BLOCK       32
#define FIELD_MAX   12 /* the longest reference; a block ends behind its last one */
#define BLOCK_MAX   (BLOCK + FIELD_MAX) /* so no block is longer */
#define MARGIN      32                  /* bytes around the place that a field may look at */
#define BLOCK_VIEW  (MARGIN + BLOCK_MAX + MARGIN)
#define KINDS       16 /* 0: as in old; 1 to 4: byte of a reference; 5 to 8: of a word; + 8: not sure */
#define KIND_WORD   5
#define KIND_UNSURE 8

/* A reference: its width in bytes and what it refers to, as an offset into the image. */
struct ref {
	unsigned width;
	uint64_t target;
	unsigned back; /* bytes back to the other half that it is counted from */
	bool blind;    /* cannot be learnt from */
};

/* An instruction set. p has MARGIN readable bytes on both sides; at is p's offset. */
struct isa {
	unsigned align;
	bool (*get)(struct ref *r, const uint8_t *p, uint64_t at);
	void (*put)(uint8_t *p, uint64_t at, const struct ref *r);
};

extern const struct isa *const isas[OTAD_ISAS];
extern const struct isa isa_thumb, isa_arm, isa_a64, isa_x86, isa_rv;

struct lookup { /* a prediction to learn from */
	uint8_t at;
	bool word;
	uint64_t key;
};

struct block {
	uint64_t old_at, new_at;
	unsigned len, unsure, lookups;
	uint8_t old_[BLOCK_VIEW]; /* MARGIN bytes, the block, MARGIN bytes; zeros outside */
	uint8_t said[BLOCK_MAX];  /* the prediction */
	uint8_t kind[BLOCK_MAX];
	struct lookup lookup[BLOCK_MAX / 4 + 1];
};

struct predict {
	const struct otad_head *h;
	const struct isa *isa; /* NULL: none */
	struct map map;
	struct learn code, word;
};

/*
 * Fill in said, kind and len from old_, old_at and new_at: at most left bytes, which
 * is more than nothing.
 */
void predict_block(const struct predict *pr, struct block *b, uint64_t left);
/* is: the block's new bytes, with MARGIN bytes before and behind them readable. */
void predict_learn(struct predict *pr, const struct block *b, const uint8_t *is);

#endif
