/* SPDX-License-Identifier: MIT */
/* Finds the instruction set and the addresses by trial: nothing about an image is believed. */
#include <diff/otad_make.h>

#include <base/num.h>
#include <base/par.h>
#include <otad/model.h>

#define VIEWS_MAX 16

struct choice {
	const struct otad_job *job;
	const struct covers *covers;
	struct otad_view views[VIEWS_MAX];
	size_t n; /* views to be tried */
	struct otad_view best;
	uint64_t cost;
};

static ota_status view_feed(void *arg, void *slot, uint64_t i, bool *end, ota_err *err)
{
	const struct choice *c = arg;

	(void)slot;
	(void)err;
	*end = i == c->n;
	return OTA_OK;
}

static ota_status view_work(void *arg, void *slot, uint64_t i, ota_err *err)
{
	const struct choice *c = arg;

	return otad_cost(slot, c->job, &c->views[i], c->covers, err);
}

static ota_status try_views(struct choice *c, ota_err *err)
{
	static const struct par_ops ops = {sizeof(uint64_t), view_feed, view_work, NULL};
	const ota_ctx *ctx = c->job->ctx;
	struct par *par = NULL;
	ota_status st;

	st = par_new(&par, ctx, &ops, c, par_slots(ctx, model_size(c->job->profile)), err);
	for (size_t i = 0; !st && i < c->n; i++) {
		const uint64_t *cost;
		void *slot = NULL;

		st = par_next(par, &slot, err);
		cost = slot;
		if (!st && *cost < c->cost) {
			c->cost = *cost;
			c->best = c->views[i];
		}
	}
	par_free(par);
	return st;
}

static ota_status try_isas(struct choice *c, ota_err *err)
{
	for (c->n = 0; c->n < OTAD_ISAS; c->n++)
		c->views[c->n] = (struct otad_view){.isa = (enum otad_isa)c->n};
	return try_views(c, err);
}

/* RAM at each place that is likely under base, or at the likeliest. */
static ota_status add_views(struct choice *c, uint32_t base, size_t rams, ota_err *err)
{
	const struct images *im = c->job->im;
	uint32_t ram[OTAD_RAMS];
	ota_status st;

	st = otad_ram_vote(ram, c->job->ctx, im->old_, im->old_len, base, err);
	for (size_t i = 0; i < rams; i++)
		c->views[c->n++] = (struct otad_view){c->best.isa, true, base, ram[i]};
	return st;
}

/* Words as addresses, under each base that may be. */
static ota_status try_bases(struct choice *c, ota_err *err)
{
	const struct images *im = c->job->im;
	uint32_t bases[OTAD_BASES];
	size_t n = 0;
	ota_status st;

	st = otad_bases(bases, &n, c->job->ctx, im->old_, im->old_len, c->best.isa, err);
	c->n = 0;
	for (size_t i = 0; !st && i < n; i++)
		st = add_views(c, bases[i], i == 0 ? OTAD_RAMS : 1, err);
	return st ? st : try_views(c, err);
}

static ota_status try_rams(struct choice *c, ota_err *err)
{
	ota_status st;

	c->n = 0;
	st = add_views(c, c->best.base, OTAD_RAMS, err);
	return st ? st : try_views(c, err);
}

ota_status otad_choose(struct otad_view *best, const struct otad_job *job,
	const struct covers *covers, ota_err *err)
{
	struct choice c = {.job = job, .covers = covers, .cost = UINT64_MAX};
	ota_status st;

	st = try_isas(&c, err);
	if (!st)
		st = try_bases(&c, err);
	if (!st)
		st = try_rams(&c, err);
	*best = c.best;
	return st;
}
