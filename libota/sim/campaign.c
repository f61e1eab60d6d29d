/* SPDX-License-Identifier: MIT */
#include <sim/campaign.h>

#include <stdio.h>
#include <string.h>

#include <base/ctx.h>
#include <base/mem.h>
#include <base/num.h>
#include <base/par.h>

#define SLOT_BYTES ((uint64_t)8 << 20U) /* about what a case holds, beside the images */

/* ---- setting up ---- */

static ota_status check_options(const ota_campaign_options *opt, ota_err *err)
{
	if ((opt->image == NULL) == (opt->from == NULL))
		return ota_fail(
			err, OTA_E_ARGUMENT, "what runs is an image or a package, one of them");
	if (opt->mode != NULL && fault_named(opt->mode) == FAULT_NONE)
		return ota_fail(err, OTA_E_ARGUMENT, "\"%s\" is no fault mode", opt->mode);
	return OTA_OK;
}

static ota_status new_wear(ota_campaign *c, ota_err *err)
{
	c->wear = arena_array(&c->arena, c->start->region_count, sizeof(c->wear[0]));
	for (unsigned i = 0; c->wear != NULL && i < c->start->region_count; i++) {
		const ota_geometry *g = &c->start->region[i].flash.geometry;

		c->wear[i] = arena_array(
			&c->arena, size_of_u64(g->size / g->erase_size + 1), sizeof(c->wear[0][0]));
		if (c->wear[i] == NULL)
			return ota_fail_nomem(err);
	}
	return c->wear == NULL ? ota_fail_nomem(err) : OTA_OK;
}

static void note_erase(ota_campaign *c, const struct media_op *op)
{
	uint64_t unit = c->start->region[op->region].flash.geometry.erase_size;

	for (uint64_t i = op->off / unit; i < (op->off + op->len + unit - 1) / unit; i++) {
		uint32_t worn = ++c->wear[op->region][i];

		c->info.erased++;
		c->info.worn = max_u64(c->info.worn, worn);
	}
}

static ota_status note_op(void *arg, uint64_t index, const struct media_op *op, ota_err *err)
{
	ota_campaign *c = arg;

	if (op->kind == OP_PROGRAM)
		c->info.programmed += op->len;
	if (op->kind == OP_ERASE)
		note_erase(c, op);
	return cases_add(c, index, op, err);
}

/* What the run without a fault left must be what was signed. */
static ota_status check_end(const ota_campaign *c, ota_err *err)
{
	ota_dev *dev = NULL;
	ota_status st = ota_dev_open(&dev, c->one, c->scene.d, &c->end->port, err);

	for (size_t i = 0; i < c->scene.component_count && !st; i++)
		st = ota_dev_slot_verify(dev, 1 - c->scene.from, c->end->components[i], err);
	ota_dev_close(dev);
	return st;
}

static ota_status run_well(ota_campaign *c, ota_err *err)
{
	struct outcome out;
	ota_status st = media_fork(&c->end, c->one, c->start, err);

	if (!st)
		st = new_wear(c, err);
	if (st)
		return st;
	c->end->watch = note_op;
	c->end->watch_arg = c;
	st = run_case(&out, &c->scene, c->end, NULL, err);
	c->end->watch = NULL;
	if (st)
		return st;
	if (out.bad)
		return ota_fail(err, out.why != OTA_E_NONE ? out.why : OTA_E_ROLLED_BACK,
			"the update does not install, even where nothing goes wrong: %s", out.text);
	c->info.boots = out.boots;
	st = check_end(c, err);
	if (!st)
		c->scene.end = c->end;
	return st;
}

static ota_status set_up(ota_campaign *c, const ota_campaign_options *opt, ota_err *err)
{
	ota_config one = {.size = sizeof(one), .mem_max = ctx_mem_room(c->ctx), .jobs = 1};
	ota_status st;

	if (one.mem_max == UINT64_MAX)
		one.mem_max = 0;
	st = ota_ctx_new(&c->one, &one, err);
	if (st)
		return st;
	arena_init(&c->arena, c->one);
	c->scene.ctx = c->one;
	c->layout = layout_of(c->scene.d);
	st = stage_start(c, opt, err);
	c->scene.start = c->start;
	if (!st)
		st = run_well(c, err);
	if (!st)
		st = media_fork(&c->spare, c->one, c->start, err);
	if (!st)
		cases_count(c);
	return st;
}

ota_status ota_campaign_new(ota_campaign **out, const ota_ctx *ctx, const ota_devfile *d,
	const ota_trust *trust, ota_source *pkg, const ota_campaign_options *opt, ota_err *err)
{
	ota_campaign *c = NULL;
	ota_status st = check_options(opt, err);

	if (!st)
		st = MEM_NEW(&c, ctx, err);
	if (st)
		return st;
	c->ctx = ctx;
	c->seed = opt->seed;
	c->only = opt->mode != NULL ? fault_named(opt->mode) : FAULT_NONE;
	c->info.size = sizeof(c->info);
	c->scene = (struct scene){
		.d = d, .trust = trust, .pkg = pkg, .at = opt->at, .health = opt->health};
	st = set_up(c, opt, err);
	if (st)
		ota_campaign_free(c);
	else
		*out = c;
	return st;
}

void ota_campaign_free(ota_campaign *c)
{
	if (c == NULL)
		return;
	media_free(c->spare);
	media_free(c->end);
	media_free(c->start);
	if (c->one != NULL) {
		cases_free(c);
		arena_fini(&c->arena);
	}
	ota_ctx_free(c->one);
	mem_free(c->ctx, c);
}

void ota_campaign_info_get(const ota_campaign *c, ota_campaign_info *out)
{
	*out = c->info;
}

void ota_campaign_phase_get(const ota_campaign *c, ota_phase phase, ota_phase_result *out)
{
	*out = c->phase[phase];
	out->size = sizeof(*out);
}

/* ---- cases side by side ---- */

struct slot {
	struct media *m; /* made once, used again */
	struct plan plan;
	struct outcome out;
};

struct drive {
	ota_campaign *c;
	ota_phase phase;
	ota_more_fn *more;
	ota_case_fn *found;
	void *arg;
	uint64_t first; /* case of this call */
};

static ota_status feed(void *arg, void *slot, uint64_t i, bool *end, ota_err *err)
{
	struct drive *d = arg;
	struct slot *s = slot;
	const ota_phase_result *p = &d->c->phase[d->phase];
	uint64_t index = d->first + i;
	ota_status st = ctx_poll(d->c->ctx, err);

	*end = index >= p->possible || (d->more != NULL && !d->more(d->arg, index));
	if (!st && !*end)
		cases_plan(&s->plan, d->c, d->phase, index);
	return st;
}

static ota_status work(void *arg, void *slot, uint64_t i, ota_err *err)
{
	const struct drive *d = arg;
	struct slot *s = slot;
	ota_status st = OTA_OK;

	(void)i;
	if (s->m == NULL)
		st = media_fork(&s->m, d->c->one, d->c->start, err);
	return st ? st : run_case(&s->out, &d->c->scene, s->m, &s->plan, err);
}

static void drop(void *arg, void *slot)
{
	(void)arg;
	media_free(((struct slot *)slot)->m);
}

static void count(ota_phase_result *p, const struct outcome *out)
{
	p->run++;
	p->bad += out->bad;
	p->ended_new += out->verdict == RUN_NEW;
	p->ended_old += out->verdict == RUN_OLD;
	p->rolled_back += out->verdict == RUN_ROLLED_BACK;
}

/* ---- the smallest plan that still does it ---- */

static ota_status still_bad(
	bool *bad, ota_campaign *c, const struct plan *p, struct outcome *out, ota_err *err)
{
	struct outcome now;
	ota_status st = run_case(&now, &c->scene, c->spare, p, err);

	*bad = !st && now.bad;
	if (*bad)
		*out = now;
	return st;
}

static ota_status drop_strikes(ota_campaign *c, struct plan *p, struct outcome *out, ota_err *err)
{
	ota_status st = OTA_OK;

	for (unsigned i = 0; i < p->n && p->n > 1 && !st;) {
		struct plan less = *p;
		bool bad = false;

		less.n--;
		memmove(&less.s[i], &less.s[i + 1], (less.n - i) * sizeof(less.s[0]));
		st = still_bad(&bad, c, &less, out, err);
		if (bad)
			*p = less;
		else
			i++;
	}
	return st;
}

/* A clean cut says more than a torn operation, where it does the same. */
static ota_status make_clean(ota_campaign *c, struct plan *p, struct outcome *out, ota_err *err)
{
	ota_status st = OTA_OK;

	for (unsigned i = 0; i < p->n && !st; i++) {
		struct plan clean = *p;
		bool bad = false;

		clean.s[i].mode = FAULT_CUT_BEFORE;
		if (fault_modes[p->s[i].mode].cut)
			st = still_bad(&bad, c, &clean, out, err);
		if (bad)
			*p = clean;
	}
	return st;
}

static ota_status shrink(ota_campaign *c, struct plan *p, struct outcome *out, ota_err *err)
{
	ota_status st = drop_strikes(c, p, out, err);

	return st ? st : make_clean(c, p, out, err);
}

static void tell(ota_case_fn *fn, void *arg, const struct plan *plan, const struct outcome *out)
{
	char text[PLAN_TEXT_MAX];
	ota_case one = {.size = sizeof(one), .plan = text};

	if (fn == NULL)
		return;
	plan_text(text, plan);
	one.verdict = verdict_names[out->verdict];
	one.text = out->text;
	one.bad = out->bad;
	one.boots = out->boots;
	fn(arg, &one);
}

static ota_status take(struct drive *d, const struct slot *s, ota_err *err)
{
	struct plan plan = s->plan;
	struct outcome out = s->out;
	ota_phase_result *p = &d->c->phase[d->phase];
	ota_status st = OTA_OK;

	count(p, &out);
	ctx_progress(d->c->ctx, "rehearse", p->run, p->possible == UINT64_MAX ? 0 : p->possible);
	if (!out.bad || d->found == NULL)
		return OTA_OK;
	st = shrink(d->c, &plan, &out, err);
	if (!st)
		tell(d->found, d->arg, &plan, &out);
	return st;
}

ota_status ota_campaign_run(ota_campaign *c, ota_phase phase, ota_more_fn *more, ota_case_fn *found,
	void *arg, ota_err *err)
{
	static const struct par_ops ops = {sizeof(struct slot), feed, work, drop};
	struct drive d = {c, phase, more, found, arg, c->phase[phase].run};
	struct par *par = NULL;
	void *slot = NULL;
	ota_status st = par_new(&par, c->ctx, &ops, &d, par_slots(c->ctx, SLOT_BYTES), err);

	if (!st)
		st = par_next(par, &slot, err);
	while (!st && slot != NULL) {
		st = take(&d, slot, err);
		if (!st)
			st = par_next(par, &slot, err);
	}
	par_free(par);
	return st;
}

/* ---- one case, told ---- */

struct teller {
	ota_campaign *c;
	ota_case_op_fn *op;
	void *arg;
};

static const char *kind_name(enum op_kind kind)
{
	switch (kind) {
	case OP_PROGRAM:
		return "program";
	case OP_ERASE:
		return "erase";
	case OP_SYNC:
		return "sync";
	default:
		return "burn";
	}
}

static ota_status tell_op(void *arg, uint64_t index, const struct media_op *op, ota_err *err)
{
	const struct teller *t = arg;
	char region[80] = "fuses";
	ota_case_op one = {.size = sizeof(one), .index = index, .region = region};

	(void)err;
	if (op->kind != OP_BURN)
		media_region_name(region, t->c->spare, op->region);
	one.kind = kind_name(op->kind);
	one.off = op->off;
	one.len = op->len;
	one.struck = op->struck != FAULT_NONE ? fault_modes[op->struck].name : NULL;
	t->op(t->arg, &one);
	return OTA_OK;
}

ota_status ota_campaign_replay(ota_campaign *c, const char *plan, ota_case_op_fn *op,
	ota_case_fn *done, void *arg, ota_err *err)
{
	struct teller t = {c, op, arg};
	struct plan p = {.seed = c->seed};
	struct outcome out;
	ota_status st;

	if (!plan_parse(&p, plan))
		return ota_fail(err, OTA_E_ARGUMENT,
			"\"%s\" is no case: expected up to %u of op<number>:<mode>, joined by +",
			plan, STRIKES_MAX);
	if (op != NULL) {
		c->spare->watch = tell_op;
		c->spare->watch_arg = &t;
	}
	st = run_case(&out, &c->scene, c->spare, &p, err);
	c->spare->watch = NULL;
	if (!st)
		tell(done, arg, &p, &out);
	return st;
}
