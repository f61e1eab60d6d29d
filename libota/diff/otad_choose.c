/* SPDX-License-Identifier: MIT */
/* Finds the instruction set and the addresses by trial: nothing about an image is believed. */
#include <diff/otad_make.h>

struct choice {
	const struct otad_job *job;
	const struct covers *covers;
	struct otad_view best;
	uint64_t cost;
};

static ota_status consider(struct choice *c, const struct otad_view *v, ota_err *err)
{
	struct buf out, table;
	struct otad_head h;
	ota_status st;

	buf_init(&out, c->job->ctx);
	buf_init(&table, c->job->ctx);
	otad_shape(&h, c->job, v, c->covers);
	st = otad_put_segments(&out, &table, c->job, &h, c->covers, h.segments / 2, 1, err);
	if (!st && out.len < c->cost) {
		c->cost = out.len;
		c->best = *v;
	}
	buf_fini(&table);
	buf_fini(&out);
	return st;
}

static ota_status consider_base(struct choice *c, enum otad_isa isa, uint32_t base, ota_err *err)
{
	const struct images *im = c->job->im;
	uint32_t ram[OTAD_RAMS];
	ota_status st;

	st = otad_ram_vote(ram, c->job->ctx, im->old_, im->old_len, base, err);
	for (unsigned i = 0; !st && i < OTAD_RAMS; i++) {
		struct otad_view v = {isa, true, base, ram[i]};

		st = consider(c, &v, err);
	}
	return st;
}

ota_status otad_choose(struct otad_view *best, const struct otad_job *job,
	const struct covers *covers, ota_err *err)
{
	struct choice c = {.job = job, .covers = covers, .cost = UINT64_MAX};
	enum otad_isa isa;
	uint32_t base = 0;
	ota_status st = OTA_OK;

	if (covers->n == 0) {
		*best = c.best;
		return OTA_OK;
	}
	for (unsigned i = 0; !st && i < OTAD_ISAS; i++) {
		struct otad_view v = {.isa = (enum otad_isa)i};

		st = consider(&c, &v, err);
	}
	isa = c.best.isa;
	if (!st)
		st = otad_base_vote(&base, job->ctx, job->im->old_, job->im->old_len, isa, err);
	if (!st && base != 0)
		st = consider_base(&c, isa, base, err);
	if (!st)
		st = consider_base(&c, isa, 0, err);
	if (!st)
		*best = c.best;
	return st;
}
