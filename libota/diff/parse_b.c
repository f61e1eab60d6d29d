/* SPDX-License-Identifier: MIT */
/*
 * Several diagonals (old offset − new offset) are kept alive at once, and literals
 * as one more way to go on. For each byte of new the cheapest way to have come here
 * on each of them is known; the best way to the end is then walked back. Costs are
 * in 1/16 bit and stand for what otad's coder pays on average.
 */
#include <diff/match.h>

#include <base/num.h>

#include <string.h>

#define LANES          12 /* diagonals; lane LANES is literals */
#define STATES         (LANES + 1)
#define STAY           0            /* else 1 + the lane that is left */
#define LEAP           ((size_t)64) /* a longer match is not sought again before its half */
#define POLL           ((size_t)1 << 20U)
#define NEVER          (UINT64_MAX / 4)
#define LITERAL_COST   88U
#define LITERAL_SWITCH 96U

/* A lane took another diagonal at new offset at; before: the one it had. */
struct change {
	size_t at;
	uint64_t before;
	uint8_t lane;
};

struct lanes {
	const ota_ctx *ctx;
	const struct parse_b *in;
	uint64_t diagonal[LANES], cost[STATES];
	bool live[LANES];
	uint8_t *came; /* STATES bytes for each byte of new */
	struct change *change;
	size_t changes, cap;
	size_t next; /* where the next search is */
};

static unsigned cheapest(const struct lanes *l)
{
	unsigned best = LANES;

	for (unsigned k = 0; k < LANES; k++)
		if (l->live[k] && l->cost[k] < l->cost[best])
			best = k;
	return best;
}

static ota_status log_change(struct lanes *l, size_t at, unsigned lane, ota_err *err)
{
	ota_status st = mem_grow(&l->change, &l->cap, l->changes, sizeof(*l->change), l->ctx, err);

	if (!st)
		l->change[l->changes++] = (struct change){
			.at = at, .before = l->diagonal[lane], .lane = (uint8_t)lane};
	return st;
}

/* A lane for a diagonal that has none: a dead one, else the dearest. */
static unsigned place_for(const struct lanes *l, unsigned keep)
{
	unsigned worst = keep == 0 ? 1 : 0;

	for (unsigned k = 0; k < LANES; k++) {
		if (!l->live[k])
			return k;
		if (k != keep && l->cost[k] > l->cost[worst])
			worst = k;
	}
	return worst;
}

static ota_status look(struct lanes *l, size_t i, unsigned best, ota_err *err)
{
	const struct images *im = l->in->im;
	size_t rank = 0, len;
	uint64_t diagonal;
	unsigned lane;
	ota_status st;

	if (i < l->next || im->new_len - i < l->in->min)
		return OTA_OK;
	len = search_at(l->in->old_, &rank, im->new_, im->new_len, i);
	l->next = len > LEAP ? i + len / 2 : i + 1;
	if (len < l->in->min)
		return OTA_OK;
	diagonal = (uint64_t)sufsort_at(&l->in->old_->sa, rank) - i;
	for (unsigned k = 0; k < LANES; k++)
		if (l->live[k] && l->diagonal[k] == diagonal)
			return OTA_OK;
	lane = place_for(l, best);
	st = log_change(l, i, lane, err);
	if (st)
		return st;
	l->diagonal[lane] = diagonal;
	l->live[lane] = true;
	l->cost[lane] = NEVER;
	return OTA_OK;
}

static void advance(struct lanes *l, size_t i, unsigned best)
{
	const struct images *im = l->in->im;
	uint8_t *came = l->came + i * STATES;
	uint64_t enter = l->cost[best] + l->in->enter;
	uint64_t literal = l->cost[best] + LITERAL_SWITCH;

	for (unsigned k = 0; k < LANES; k++) {
		uint64_t o = l->diagonal[k] + i;

		if (!l->live[k])
			continue;
		if (o >= im->old_len) {
			l->live[k] = false;
			continue;
		}
		came[k] = STAY;
		if (enter < l->cost[k]) {
			l->cost[k] = enter;
			came[k] = (uint8_t)(1 + best);
		}
		l->cost[k] += im->old_[o] == im->new_[i] ? l->in->equal : l->in->miss;
	}
	came[LANES] = STAY;
	if (literal < l->cost[LANES]) {
		l->cost[LANES] = literal;
		came[LANES] = (uint8_t)(1 + best);
	}
	l->cost[LANES] += LITERAL_COST;
}

static ota_status forward(struct lanes *l, ota_err *err)
{
	const struct images *im = l->in->im;
	unsigned best;
	ota_status st;

	for (size_t i = 0; i < im->new_len; i++) {
		best = cheapest(l);
		st = look(l, i, best, err);
		if (st)
			return st;
		advance(l, i, best);
		if (i % POLL != 0)
			continue;
		ctx_progress(l->ctx, "match", i, im->new_len);
		st = ctx_poll(l->ctx, err);
		if (st)
			return st;
	}
	return OTA_OK;
}

/* From the end to the start: mark in came[i · STATES] where matches begin and on which diagonal. */
static ota_status backward(struct lanes *l, match_fn *take, void *arg, ota_err *err)
{
	size_t end = l->in->im->new_len;
	unsigned lane = cheapest(l);
	ota_status st = OTA_OK;

	for (size_t i = end; !st && i-- > 0;) {
		unsigned came = l->came[i * STATES + lane];

		while (l->changes > 0 && l->change[l->changes - 1].at > i) {
			const struct change *c = &l->change[--l->changes];

			l->diagonal[c->lane] = c->before;
		}
		if (came == STAY && i > 0)
			continue;
		if (lane < LANES) {
			struct match m = {l->diagonal[lane] + i, i, end - i};

			st = take(arg, &m, err);
		}
		end = i;
		lane = came == STAY ? lane : came - 1;
	}
	return st;
}

ota_status parse_b(
	const ota_ctx *ctx, const struct parse_b *in, match_fn *take, void *arg, ota_err *err)
{
	struct lanes *l = NULL;
	ota_status st;

	st = MEM_NEW(&l, ctx, err);
	if (st)
		return st;
	l->ctx = ctx;
	l->in = in;
	st = mem_new_bytes(&l->came, ctx, in->im->new_len * STATES + 1, err);
	if (!st)
		st = forward(l, err);
	if (!st)
		st = backward(l, take, arg, err);
	mem_free(ctx, l->change);
	mem_free(ctx, l->came);
	mem_free(ctx, l);
	return st;
}
