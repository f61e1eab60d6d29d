/* SPDX-License-Identifier: MIT */
#include <sim/campaign.h>

#include <stdio.h>
#include <string.h>

#include <base/ctx.h>
#include <base/mem.h>
#include <base/num.h>
#include <base/par.h>
#include <model/geometry.h>

#define BENCH_BYTES ((uint64_t)32 << 20U) /* about what a bench holds, beside the images */
#define BATCH_MAX   64U
#define BATCH_BYTES ((uint64_t)4 << 20U) /* of images that a batch goes over, each once */

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

ota_status campaign_ctx(ota_ctx **out, const ota_campaign *c, ota_err *err)
{
	ota_config one = {.size = sizeof(one), .mem_max = ctx_mem_room(c->ctx), .jobs = 1};

	if (one.mem_max == UINT64_MAX)
		one.mem_max = 0;
	return ota_ctx_new(out, &one, err);
}

/* One for each thread; a case of large images is work enough to be handed out alone. */
static ota_status new_benches(ota_campaign *c, ota_err *err)
{
	uint64_t bytes = 1;

	for (size_t i = 0; i < c->scene.component_count; i++)
		bytes += c->scene.image_size[i];
	c->batch = size_of_u64(max_u64(1, min_u64(BATCH_MAX, BATCH_BYTES / bytes)));
	c->plain = c->plain || ctx_mem_room(c->ctx) < BENCH_BYTES;
	c->bench_count = min_size(par_slots(c->ctx, BENCH_BYTES), ctx_jobs(c->ctx));
	c->bench = arena_array(&c->arena, c->bench_count, sizeof(c->bench[0]));
	return c->bench == NULL ? ota_fail_nomem(err) : OTA_OK;
}

static ota_status set_up(ota_campaign *c, const ota_campaign_options *opt, ota_err *err)
{
	ota_status st = campaign_ctx(&c->one, c, err);

	if (st)
		return st;
	arena_init(&c->arena, c->one);
	c->scene.ctx = c->one;
	c->layout = layout_of(c->scene.d);
	st = stage_start(c, opt, err);
	c->scene.start = c->start;
	if (!st)
		st = well_run(c, err);
	if (!st)
		st = media_fork(&c->spare, c->one, c->start, err);
	if (!st)
		st = new_benches(c, err);
	if (!st)
		c->judged = arena_array(
			&c->arena, size_of_u64(c->info.operations) + 1, sizeof(c->judged[0]));
	if (!st && c->judged == NULL)
		st = ota_fail_nomem(err);
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
	c->plain = opt->plain;
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
	for (size_t i = 0; i < c->bench_count; i++) {
		memo_free(c->bench[i].memo);
		media_free(c->bench[i].m);
	}
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
	size_t size = min_size(out->size, sizeof(c->info));

	memcpy(out, &c->info, size);
	out->size = size;
}

void ota_campaign_phase_get(const ota_campaign *c, ota_phase phase, ota_phase_result *out)
{
	*out = c->phase[phase];
	out->size = sizeof(*out);
}

/* ---- cases side by side ---- */

struct batch {
	struct bench *bench;
	size_t n;
	struct plan plan[BATCH_MAX];
	struct outcome out[BATCH_MAX];
};

struct drive {
	ota_campaign *c;
	ota_phase phase;
	ota_more_fn *more;
	ota_case_fn *found;
	void *arg;
	uint64_t next; /* case to hand out */
	size_t benches;
	bool over;
};

static ota_status feed(void *arg, void *slot, uint64_t i, bool *end, ota_err *err)
{
	struct drive *d = arg;
	struct batch *b = slot;
	const ota_phase_result *p = &d->c->phase[d->phase];

	(void)i;
	if (b->bench == NULL)
		b->bench = &d->c->bench[d->benches++];
	for (b->n = 0; b->n < d->c->batch && !d->over;) {
		d->over = d->next >= p->possible || (d->more != NULL && !d->more(d->arg, d->next));
		if (!d->over)
			cases_plan(&b->plan[b->n++], d->c, d->phase, d->next++);
	}
	*end = b->n == 0;
	return ctx_poll(d->c->ctx, err);
}

static ota_status set_bench(struct bench *b, const ota_campaign *c, ota_err *err)
{
	ota_status st = OTA_OK;

	if (b->m == NULL)
		st = media_fork(&b->m, c->one, c->start, err);
	if (!st && !c->plain && b->memo == NULL)
		st = memo_new(&b->memo, &c->scene, b->m, err);
	return st;
}

static ota_status work(void *arg, void *slot, uint64_t i, ota_err *err)
{
	const struct drive *d = arg;
	struct batch *b = slot;
	const struct scene *s = &d->c->scene;
	ota_status st = set_bench(b->bench, d->c, err);

	(void)i;
	for (size_t k = 0; k < b->n && !st; k++)
		st = run_case(&b->out[k], s, b->bench->m, b->bench->memo, &b->plan[k], err);
	return st;
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
	ota_status st = run_case(&now, &c->scene, c->spare, NULL, p, err);

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

/* Where a storm strikes first depends on what its mode knows. */
static void note_judged(const struct drive *d, const struct plan *plan)
{
	if (d->phase != OTA_PHASE_STORMS)
		d->c->judged[plan->s[0].op]++;
}

static ota_status take_one(
	struct drive *d, const struct plan *plan, const struct outcome *out, ota_err *err)
{
	struct plan least = *plan;
	struct outcome end = *out;
	ota_phase_result *p = &d->c->phase[d->phase];
	ota_status st;

	count(p, out);
	note_judged(d, plan);
	if (!out->bad || d->found == NULL)
		return OTA_OK;
	st = shrink(d->c, &least, &end, err);
	if (!st)
		tell(d->found, d->arg, &least, &end);
	return st;
}

static ota_status take(struct drive *d, const struct batch *b, ota_err *err)
{
	const ota_phase_result *p = &d->c->phase[d->phase];
	ota_status st = OTA_OK;

	for (size_t i = 0; i < b->n && !st; i++)
		st = take_one(d, &b->plan[i], &b->out[i], err);
	ctx_progress(d->c->ctx, "rehearse", p->run, p->possible == UINT64_MAX ? 0 : p->possible);
	return st;
}

ota_status ota_campaign_run(ota_campaign *c, ota_phase phase, ota_more_fn *more, ota_case_fn *found,
	void *arg, ota_err *err)
{
	static const struct par_ops ops = {sizeof(struct batch), feed, work, NULL};
	struct drive d = {c, phase, more, found, arg, c->phase[phase].run, 0, false};
	struct par *par = NULL;
	void *slot = NULL;
	ota_status st = par_new(&par, c->ctx, &ops, &d, c->bench_count, err);

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
	bool plain;           /* without a fault */
	struct flash_use use; /* so far */
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

/* What was done before it, reads included, takes until it begins; then itself. */
static void tell_time(ota_case_op *one, struct teller *t, const struct media_op *op)
{
	const ota_devfile *d = t->c->scene.d;

	t->use.read = t->c->spare->bytes_read;
	one->from_us = geometry_us(d, &t->use);
	if (op->kind == OP_PROGRAM)
		t->use.programmed += op->len;
	if (op->kind == OP_ERASE)
		t->use.erases += geometry_erases(d, op->len);
	one->us = geometry_us(d, &t->use) - one->from_us;
}

static ota_status tell_op(void *arg, uint64_t index, const struct media_op *op, ota_err *err)
{
	struct teller *t = arg;
	char region[80] = "fuses";
	ota_case_op one = {.size = sizeof(one), .index = index, .region = region};

	(void)err;
	if (op->kind != OP_BURN)
		media_region_name(region, t->c->spare, op->region);
	one.kind = kind_name(op->kind);
	one.off = op->off;
	one.len = op->len;
	one.struck = op->struck != FAULT_NONE ? fault_modes[op->struck].name : NULL;
	one.boot = t->c->spare->boot;
	tell_time(&one, t, op);
	one.judged = t->plain ? t->c->judged[index] : 0;
	t->op(t->arg, &one);
	return OTA_OK;
}

ota_status ota_campaign_replay(ota_campaign *c, const char *plan, ota_case_op_fn *op,
	ota_case_fn *done, void *arg, ota_err *err)
{
	struct teller t = {.c = c, .op = op, .arg = arg, .plain = plan == NULL};
	struct plan p = {.seed = c->seed};
	struct outcome out;
	ota_status st;

	if (plan != NULL && !plan_parse(&p, plan))
		return ota_fail(err, OTA_E_ARGUMENT,
			"\"%s\" is no case: expected up to %u of op<number>:<mode>, joined by +",
			plan, STRIKES_MAX);
	if (op != NULL) {
		c->spare->watch = tell_op;
		c->spare->watch_arg = &t;
	}
	st = run_case(&out, &c->scene, c->spare, NULL, &p, err);
	c->spare->watch = NULL;
	if (!st)
		tell(done, arg, &p, &out);
	return st;
}
