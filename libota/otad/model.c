/* SPDX-License-Identifier: MIT */
#include "model.h"

#include "rc.h"

#define HALF       (UINT32_C(1) << 31U)
#define P_BITS     22U
#define COUNT_MASK 1023U
#define P_MIN      24U
#define LOGIT_MAX  2047
#define WEIGHT_MAX (INT32_C(1) << 22U) /* 64 in 1/65536 */
#define LEARN      6                   /* how fast weights move */

static const struct {
	uint8_t inputs, bits;
} profiles[OTAD_PROFILES] = {{1, 12}, {8, 14}, {8, 20}};

/* 65536 / (1 + e^−x) for x from −8 to 8 in steps of 1/4. */
static const uint16_t squash_points[] = {22, 28, 36, 47, 60, 77, 98, 126, 162, 208, 267, 342, 439,
	562, 720, 922, 1179, 1506, 1921, 2446, 3108, 3938, 4971, 6249, 7812, 9702, 11955, 14595,
	17625, 21025, 24743, 28693, 32768, 36843, 40793, 44511, 47911, 50941, 53581, 55834, 57724,
	59287, 60565, 61598, 62428, 63090, 63615, 64030, 64357, 64614, 64816, 64974, 65097, 65194,
	65269, 65328, 65374, 65410, 65438, 65459, 65476, 65489, 65500, 65508, 65514};

static uint32_t squash(int32_t x)
{
	uint32_t at, low, high, part;

	if (x > LOGIT_MAX)
		x = LOGIT_MAX;
	if (x < -LOGIT_MAX)
		x = -LOGIT_MAX;
	at = (uint32_t)(x + LOGIT_MAX + 1);
	low = squash_points[at >> 6U];
	high = squash_points[(at >> 6U) + 1];
	part = at & 63U;
	return low + ((high - low) * part >> 6U);
}

size_t model_size(enum otad_profile profile)
{
	size_t slots = (size_t)profiles[profile].inputs << profiles[profile].bits;

	if (profiles[profile].inputs == 1)
		return slots * sizeof(uint32_t);
	return slots * sizeof(uint32_t) + MODEL_SETS * MODEL_INPUTS * sizeof(int32_t) +
	       MODEL_STRETCH * sizeof(int16_t);
}

/* The inverse of squash, by walking along it. */
static void fill_stretch(int16_t *stretch)
{
	int32_t x = -LOGIT_MAX;

	for (uint32_t i = 0; i < MODEL_STRETCH; i++) {
		while (x < LOGIT_MAX && squash(x) < i * 16 + 8)
			x++;
		stretch[i] = (int16_t)x;
	}
}

void model_init(struct model *m, enum otad_profile profile, void *mem)
{
	*m = (struct model){
		.slot = mem, .inputs = profiles[profile].inputs, .bits = profiles[profile].bits};
	for (uint32_t i = 0; i < MODEL_RATES; i++)
		m->rate[i] = (uint16_t)(655360U / (10 * i + 16));
	if (m->inputs == 1)
		return;
	m->weight = (int32_t *)(m->slot + ((size_t)m->inputs << m->bits));
	m->stretch = (int16_t *)(m->weight + (size_t)MODEL_SETS * MODEL_INPUTS);
	fill_stretch(m->stretch);
}

void model_reset(struct model *m)
{
	size_t slots = (size_t)m->inputs << m->bits;

	for (size_t i = 0; i < slots; i++)
		m->slot[i] = HALF;
	for (size_t i = 0; m->inputs > 1 && i < (size_t)MODEL_SETS * MODEL_INPUTS; i++)
		m->weight[i] = 65536 * 3 / 10;
}

static uint32_t bounded(uint32_t p)
{
	if (p < P_MIN)
		return P_MIN;
	return p > RC_ONE - P_MIN ? RC_ONE - P_MIN : p;
}

uint32_t model_predict(struct model *m, struct decision *d)
{
	const int32_t *w;
	int64_t dot = 0;

	if (d->n > m->inputs)
		d->n = m->inputs;
	for (uint32_t i = 0; i < d->n; i++) {
		d->at[i] = (i << m->bits) + (d->ctx[i] * UINT32_C(0x9E3779B1) >> (32 - m->bits));
		if (d->node > 0)
			d->at[i] = (d->at[i] & ~(NODES - 1)) | d->node;
	}
	if (m->inputs == 1) {
		d->p = bounded(m->slot[d->at[0]] >> 16U);
		return d->p;
	}
	w = m->weight + (size_t)d->set * MODEL_INPUTS;
	for (unsigned i = 0; i < d->n; i++) {
		d->in[i] = m->stretch[m->slot[d->at[i]] >> 20U];
		dot += (int64_t)w[i] * d->in[i];
	}
	dot /= 65536;
	d->p = bounded(squash(dot > LOGIT_MAX    ? LOGIT_MAX
			      : dot < -LOGIT_MAX ? -LOGIT_MAX
						 : (int32_t)dot));
	return d->p;
}

static void step(struct model *m, uint32_t *slot, unsigned bit, unsigned limit)
{
	uint32_t count = *slot & COUNT_MASK, p = *slot >> 10U;
	uint32_t rate = m->rate[count];
	uint64_t room = bit ? (UINT32_C(1) << P_BITS) - 1 - p : p;
	uint32_t move = (uint32_t)(room * rate >> 16U);

	p = bit ? p + move : p - move;
	if (count < limit)
		count++;
	*slot = p << 10U | count;
}

void model_update(struct model *m, const struct decision *d, unsigned bit)
{
	int32_t miss = (int32_t)(bit ? RC_ONE : 0) - (int32_t)d->p;
	int32_t *w, v;

	for (unsigned i = 0; i < d->n; i++)
		step(m, &m->slot[d->at[i]], bit, d->limit);
	if (m->inputs == 1)
		return;
	w = m->weight + (size_t)d->set * MODEL_INPUTS;
	for (unsigned i = 0; i < d->n; i++) {
		v = w[i] + (int32_t)((int64_t)d->in[i] * miss * LEARN / 65536);
		w[i] = v > WEIGHT_MAX ? WEIGHT_MAX : v < -WEIGHT_MAX ? -WEIGHT_MAX : v;
	}
}
