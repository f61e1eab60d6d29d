/* SPDX-License-Identifier: MIT */
/*
 * Probabilities. A slot is one adaptive probability: 22 bits of it and a count that
 * slows its steps. A decision names a slot in each of several tables by a hash of
 * a context; their predictions are mixed in the logistic domain by weights that
 * learn which context is right (Mahoney 2005). With one table there is no mixing.
 */
#ifndef OTAD_MODEL_H
#define OTAD_MODEL_H

#include "otad.h"
#include "types.h"

#define MODEL_INPUTS  8
#define MODEL_SETS    128
#define MODEL_STRETCH 4096
#define MODEL_RATES   256
#define NODES         16U

struct model {
	uint32_t *slot;   /* inputs tables of 1 << bits */
	int32_t *weight;  /* MODEL_SETS of MODEL_INPUTS */
	int16_t *stretch; /* ln(p / (1 − p)) of p in 1/4096, in 1/256 */
	unsigned inputs, bits, limit;
	uint16_t rate[MODEL_RATES];
};

/* One decision: the contexts go in, the rest is kept until the update. */
struct decision {
	uint32_t ctx[MODEL_INPUTS];
	unsigned n, set, limit;
	unsigned node; /* of a nibble, whose decisions share NODES slots; 0: a slot of its own */
	uint32_t at[MODEL_INPUTS];
	int32_t in[MODEL_INPUTS];
	uint32_t p;
};

size_t model_size(enum otad_profile profile);
/* mem: model_size bytes, aligned for int32_t. */
void model_init(struct model *m, enum otad_profile profile, void *mem);
/* Forget what was learnt. */
void model_reset(struct model *m);
/* The probability of a one. */
uint32_t model_predict(struct model *m, struct decision *d);
void model_update(struct model *m, const struct decision *d, unsigned bit);

static inline uint32_t mix2(uint32_t a, uint32_t b)
{
	a = (a ^ b * UINT32_C(0x85EBCA6B)) * UINT32_C(0x9E3779B1);
	return a ^ a >> 15U;
}

#endif
