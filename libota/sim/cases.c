/* SPDX-License-Identifier: MIT */
#include <sim/campaign.h>

#include <string.h>

#include <base/mem.h>
#include <base/num.h>
#include <sim/prng.h>

#define PAIRS_MAX  UINT32_MAX
#define STORM_MIN  3U
#define STORM_MORE 3U  /* so many lengths: 3, 4, 5 */
#define STORM_BAD  4U  /* one of so many begins with a bad block */
#define STORM_NEAR 40U /* operations between two strikes of a storm */

static ota_status add(struct strikes *s, const ota_ctx *ctx, struct strike one, ota_err *err)
{
	struct strike *fresh = NULL;
	size_t room = s->room > 0 ? 2 * s->room : 256;
	ota_status st = OTA_OK;

	if (s->n == s->room) {
		st = mem_new_bytes(&fresh, ctx, room * sizeof(*fresh), err);
		if (st)
			return st;
		if (s->n > 0)
			memcpy(fresh, s->v, s->n * sizeof(*fresh));
		mem_free(ctx, s->v);
		s->v = fresh;
		s->room = room;
	}
	s->v[s->n++] = one;
	return OTA_OK;
}

static bool is_meant(const ota_campaign *c, unsigned mode)
{
	return c->only == FAULT_NONE || c->only == (enum fault_id)mode;
}

ota_status cases_add(ota_campaign *c, uint64_t index, const struct media_op *op, ota_err *err)
{
	bool control = op->kind == OP_BURN || op->region < media_image_region(c->start, 0, 0);
	ota_status st = OTA_OK;

	c->info.operations++;
	c->info.control += control;
	for (unsigned m = FAULT_NONE + 1; m < FAULT_COUNT && !st; m++) {
		struct strike s = {index, (enum fault_id)m};

		if ((fault_modes[m].on & op->kind) == 0 || !is_meant(c, m))
			continue;
		st = add(control ? &c->control : &c->data, c->one, s, err);
		if (!st && control && fault_modes[m].cut)
			st = add(&c->control_cuts, c->one, s, err);
	}
	return st;
}

void cases_free(ota_campaign *c)
{
	mem_free(c->one, c->control.v);
	mem_free(c->one, c->data.v);
	mem_free(c->one, c->control_cuts.v);
}

static unsigned modes(const ota_campaign *c, bool cut)
{
	unsigned n = 0;

	for (unsigned m = FAULT_NONE + 1; m < FAULT_COUNT; m++)
		n += fault_modes[m].cut == cut && is_meant(c, m);
	return n;
}

void cases_count(ota_campaign *c)
{
	uint64_t pairs = c->control_cuts.n;

	if (!mul_u64(&pairs, pairs, c->info.operations * modes(c, true)))
		pairs = PAIRS_MAX;
	c->phase[OTA_PHASE_CONTROL].possible = c->control.n;
	c->phase[OTA_PHASE_DATA].possible = c->data.n;
	c->phase[OTA_PHASE_PAIRS].possible = min_u64(pairs, PAIRS_MAX);
	c->phase[OTA_PHASE_STORMS].possible = modes(c, true) > 0 ? UINT64_MAX : 0;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t t = a % b;

		a = b;
		b = t;
	}
	return a;
}

/*
 * The i'th of n in an order that goes through them all and is spread over them
 * from the start. n is below 2^32, so the product does not overflow.
 */
static uint64_t spread(uint64_t i, uint64_t n, uint64_t seed)
{
	uint64_t step = n / 8 * 5 + 1;

	while (gcd(step, n) != 1)
		step++;
	return (prng_at(seed, 0) % n + i * step) % n;
}

static enum fault_id mode_number(const ota_campaign *c, bool cut, uint64_t k)
{
	unsigned m = FAULT_NONE + 1;

	while (fault_modes[m].cut != cut || !is_meant(c, m) || k-- > 0)
		m++;
	return (enum fault_id)m;
}

static void pair(struct plan *out, const ota_campaign *c, uint64_t i)
{
	uint64_t cuts = modes(c, true), after = c->info.operations;

	out->n = 2;
	out->s[1].mode = mode_number(c, true, i % cuts);
	i /= cuts;
	out->s[0] = c->control_cuts.v[i / after];
	out->s[1].op = out->s[0].op + 1 + i % after;
}

static void storm(struct plan *out, const ota_campaign *c, uint64_t i)
{
	struct prng rng = {c->seed ^ prng_at(i, 7), 0};
	uint64_t op = prng_below(&rng, c->info.operations);

	bool bad = modes(c, false) > 0 && prng_below(&rng, STORM_BAD) == 0;

	out->n = (unsigned)(STORM_MIN + prng_below(&rng, STORM_MORE));
	for (unsigned k = 0; k < out->n; k++) {
		bool cut = k > 0 || !bad;

		out->s[k].op = op;
		out->s[k].mode = mode_number(c, cut, prng_below(&rng, modes(c, cut)));
		op += 1 + prng_below(&rng, STORM_NEAR);
	}
}

void cases_plan(struct plan *out, const ota_campaign *c, ota_phase phase, uint64_t index)
{
	uint64_t n = c->phase[phase].possible;

	*out = (struct plan){.n = 1, .seed = c->seed};
	switch (phase) {
	case OTA_PHASE_CONTROL:
		out->s[0] = c->control.v[spread(index, n, c->seed)];
		break;
	case OTA_PHASE_DATA:
		out->s[0] = c->data.v[spread(index, n, c->seed)];
		break;
	case OTA_PHASE_PAIRS:
		pair(out, c, spread(index, n, c->seed));
		break;
	default:
		storm(out, c, index);
		break;
	}
}
