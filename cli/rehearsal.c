/* SPDX-License-Identifier: MIT */
#include "rehearsal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const rehearsal_phases[OTA_PHASES] = {
	[OTA_PHASE_CONTROL] = "control writes",
	[OTA_PHASE_DATA] = "data writes",
	[OTA_PHASE_PAIRS] = "pairs of cuts",
	[OTA_PHASE_STORMS] = "storms",
};

void rehearsal_find(struct rehearsal *r, const char *health, ota_phase phase, const ota_case *one)
{
	struct found *f = &r->found[r->found_count];

	if (r->found_count == REHEARSAL_FOUND)
		return;
	*f = (struct found){
		health, phase, strdup(one->plan), strdup(one->verdict), strdup(one->text)};
	r->oom = r->oom || !f->plan || !f->verdict || !f->text;
	r->found_count++;
}

void rehearsal_fini(struct rehearsal *r)
{
	for (size_t i = 0; i < r->found_count; i++) {
		free(r->found[i].plan);
		free(r->found[i].verdict);
		free(r->found[i].text);
	}
}

/* ---- shown ---- */

void rehearsal_add(struct rehearsal *r, struct out *o, const char *health, ota_phase phase,
	const ota_phase_result *result)
{
	r->done[r->done_count++] = (struct done){health, phase, *result};
	r->cases += result->run;
	r->bad += result->bad;
	if (phase == OTA_PHASE_CONTROL)
		r->left_out += result->possible - result->run;
	out_row(o);
	out_str(o, "health", "Health", health);
	out_str(o, "phase", "Faults", rehearsal_phases[phase]);
	out_u64(o, "run", "Run", result->run);
	if (result->possible == UINT64_MAX)
		out_str(o, "possible", "Of", "any");
	else
		out_u64(o, "possible", "Of", result->possible);
	out_u64(o, "new", "New", result->ended_new);
	out_u64(o, "old", "Old", result->ended_old);
	out_u64(o, "rolled_back", "Rolled back", result->rolled_back);
	out_u64(o, "bad", "Bad", result->bad);
	out_end(o);
}

static void show_found(const struct rehearsal *r, struct out *o)
{
	if (r->found_count == 0)
		return;
	out_table(o, "found", "Bad cases, each at its smallest");
	for (const struct found *f = r->found; f < r->found + r->found_count; f++) {
		out_row(o);
		out_str(o, "health", "Health", f->health);
		out_str(o, "case", "Case", f->plan);
		out_str(o, "verdict", "Verdict", f->verdict);
		out_str(o, "text", "Why", f->text);
		out_end(o);
	}
	out_end(o);
}

void rehearsal_show(const struct rehearsal *r, struct out *o)
{
	show_found(r, o);
	budgets_show(o, &r->budgets, &r->cost);
}

ota_status rehearsal_verdict(const struct rehearsal *r, struct out *o, ota_err *err)
{
	const struct found *f = r->found;

	if (r->oom)
		return ota_fail_nomem(err);
	out_u64(o, "cases", "Cases run", r->cases);
	out_u64(o, "bad", "Bad ones", r->bad);
	out_u64(o, "control_left_out", r->left_out ? "Control left out" : NULL, r->left_out);
	if (r->bad == 0)
		return budgets_check(&r->budgets, &r->cost, err);
	return ota_fail(err, OTA_E_REHEARSAL,
		"%" PRIu64 " of %" PRIu64 " cases end badly; the first: --health %s --seed %" PRIu64
		" --case %s --trace",
		r->bad, r->cases, f->health, r->seed, f->plan);
}

/* ---- written down ---- */

static void put_found(struct xml *x, const struct rehearsal *r, const struct found *f)
{
	char replay[160];

	snprintf(replay, sizeof(replay), "--health %s --seed %" PRIu64 " --case %s --trace",
		f->health, r->seed, f->plan);
	junit_failure(x, replay, f->text);
}

static void put_done(struct xml *x, const struct rehearsal *r, const struct done *d)
{
	const ota_phase_result *p = &d->result;
	char text[160], of[32] = "";

	if (p->possible != UINT64_MAX)
		snprintf(of, sizeof(of), " of %" PRIu64, p->possible);
	snprintf(text, sizeof(text),
		"%" PRIu64 "%s cases: %" PRIu64 " new, %" PRIu64 " old, %" PRIu64
		" rolled back, %" PRIu64 " bad",
		p->run, of, p->ended_new, p->ended_old, p->rolled_back, p->bad);
	junit_begin_case(x, d->health, rehearsal_phases[d->phase], text);
	for (const struct found *f = r->found; f < r->found + r->found_count; f++)
		if (f->health == d->health && f->phase == d->phase)
			put_found(x, r, f);
	junit_end_case(x);
}

ota_status rehearsal_junit(const struct rehearsal *r, ota_sink *sink, ota_err *err)
{
	struct xml x = {sink, OTA_OK, err};
	size_t bad = budgets_over(&r->budgets, &r->cost);

	for (size_t i = 0; i < r->done_count; i++)
		bad += r->done[i].result.bad > 0;
	junit_begin(&x, "otatool rehearse", r->done_count + r->budgets.n, bad);
	cost_junit(&x, &r->cost);
	for (size_t i = 0; i < r->done_count; i++)
		put_done(&x, r, &r->done[i]);
	budgets_junit(&x, &r->budgets, &r->cost);
	return junit_end(&x);
}
