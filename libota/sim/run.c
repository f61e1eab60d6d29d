/* SPDX-License-Identifier: MIT */
#include <sim/run.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define ROUNDS_MAX   32U /* power-ons; a trial has 7 tries at most */
#define FAILURES_MAX 2U  /* installs that fail, the power on and no new fault: it is so for good */

const char *const verdict_names[] = {"new", "old", "rolled back", "stuck", "brick"};

struct run {
	const struct scene *s;
	struct media *m;
	struct outcome *out;
	unsigned failures;
	unsigned cut_boots; /* as a trial, each may have cost a try */
	unsigned struck;    /* faults before this power-on */
	bool done;
};

static void end(struct run *r, enum verdict verdict, const char *fmt, ...) OTA_PRINTF(3, 4);
static void end(struct run *r, enum verdict verdict, const char *fmt, ...)
{
	va_list ap;

	r->done = true;
	r->out->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(r->out->text, sizeof(r->out->text), fmt, ap);
	va_end(ap);
}

/* ---- judging ---- */

/* Power cuts cost a trial tries, one each; they do not spoil what it starts. */
static bool is_early(const struct run *r)
{
	return plan_cuts_only(&r->m->plan) && r->out->trials + r->cut_boots < r->s->tries;
}

static void judge_boot(struct run *r, const struct leg *leg)
{
	r->out->boots++;
	r->out->trials += leg->boot.trial;
	if (leg->flaw == LEG_NEITHER)
		end(r, RUN_BRICK, "slot %c starts and holds neither the old images nor the new",
			'a' + (int)leg->boot.slot);
	else if (leg->flaw == LEG_CHANGED)
		end(r, RUN_BRICK, "the images that ran were changed");
	else if (leg->boot.fell_back && is_early(r))
		end(r, RUN_STUCK, "the trial ended early, though only the power failed");
	else if (leg->flaw == LEG_FLOOR)
		end(r, RUN_BRICK, "the floor %" PRIu32 " is above a slot that may start",
			leg->floor);
}

static void judge_install(struct run *r, const struct leg *leg)
{
	r->out->why = leg->why;
	if (leg->nothing_to_do)
		end(r, leg->boot.slot == r->s->from ? RUN_OLD : RUN_NEW, "nothing is left to do");
	if (leg->why == OTA_E_FAILED_BEFORE)
		end(r, RUN_ROLLED_BACK, "%s", leg->text);
	else if (leg->failed && ++r->failures >= FAILURES_MAX)
		end(r, RUN_OLD, "%s", leg->text);
}

static void judge(struct run *r, const struct leg *leg)
{
	if (r->m->struck > r->struck)
		r->failures = 0;
	if (leg->flaw == LEG_NOTHING_STARTS)
		end(r, RUN_BRICK, "%s", leg->text);
	if (leg->started)
		judge_boot(r, leg);
	else
		r->cut_boots++;
	if (r->done)
		return;
	if (leg->act == LEG_INSTALL)
		judge_install(r, leg);
	else if (leg->act == LEG_FINISH && leg->failed && leg->why != OTA_E_HEALTH)
		r->failures++;
}

/*
 * A cut alone never ends an update: it may only cost a trial its tries. A bad
 * block may end it, but never with something else running.
 */
static bool is_allowed(const struct run *r)
{
	bool cuts = plan_cuts_only(&r->m->plan);

	if (r->m->broken != NULL)
		return false;
	switch (r->out->verdict) {
	case RUN_NEW:
		return r->s->health == OTA_HEALTH_GOOD;
	case RUN_OLD:
		return !cuts;
	case RUN_ROLLED_BACK:
		return r->s->health != OTA_HEALTH_GOOD || !is_early(r);
	default:
		return false;
	}
}

static ota_status power_on(struct run *r, struct memo *memo, ota_err *err)
{
	struct leg leg;
	ota_status st;

	r->struck = r->m->struck;
	r->m->boot++;
	if (memo != NULL)
		st = memo_leg(&leg, memo, err);
	else
		st = leg_run(&leg, r->s, r->m, err);
	if (!st)
		judge(r, &leg);
	return st;
}

ota_status run_case(struct outcome *out, const struct scene *s, struct media *m, struct memo *memo,
	const struct plan *plan, ota_err *err)
{
	struct run r = {.s = s, .m = m, .out = out};
	ota_status st = OTA_OK;

	*out = (struct outcome){.verdict = RUN_STUCK};
	media_reset(m, plan);
	if (memo != NULL)
		st = memo_begin(memo, err);
	for (unsigned i = 0; i < ROUNDS_MAX && !r.done && !st; i++) {
		st = power_on(&r, memo, err);
		if (m->dead)
			media_power(m);
	}
	if (!r.done)
		snprintf(out->text, sizeof(out->text), "no end after %u boots", out->boots);
	if (m->broken != NULL)
		snprintf(out->text, sizeof(out->text), "the part's rule: %s", m->broken);
	out->bad = !is_allowed(&r);
	return st;
}
