/* SPDX-License-Identifier: MIT */
#include <pack/fielded.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <base/num.h>
#include <model/devfile.h>
#include <model/semver.h>

static void strand(struct lint_run *run, const struct fielded_row *row, const char *fmt, ...)
	OTA_PRINTF(3, 4);
static void strand(struct lint_run *run, const struct fielded_row *row, const char *fmt, ...)
{
	char why[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	fielded_find(run, run->plan->fielded->file, row->line, 1, OTA_E_STRANDED,
		"%" PRIu64 " devices that run %s cannot take it: %s", row->count,
		row->version != NULL ? row->version : row->hash, why);
}

static bool may_go_back(const ota_plan *plan)
{
	return plan->m->allow_downgrade && (plan->device == NULL || plan->device->policy.downgrade);
}

static bool runs_it(const ota_plan *plan, const char *version)
{
	return version != NULL && semver_cmp(version, plan->m->version) == 0;
}

/* Of what has no version here, the device will know it. */
static bool check_version(struct lint_run *run, const struct fielded_row *row, const char *version)
{
	const ota_manifest *m = run->plan->m;

	if (version == NULL || runs_it(run->plan, version))
		return true;
	if (m->requires.version != NULL && !semver_in(version, m->requires.version))
		strand(run, row, "the package requires %.64s", m->requires.version);
	else if (semver_cmp(version, m->version) > 0 && !may_go_back(run->plan))
		strand(run, row, "the package has the older version %s", m->version);
	else
		return true;
	return false;
}

ota_status reach_check(size_t *bad, const ota_plan *plan, ota_report *rep, ota_err *err)
{
	struct lint_run run = {plan, rep, *bad};

	for (size_t i = 0; i < plan->fielded->count; i++)
		(void)check_version(&run, &plan->fielded->rows[i], plan->fielded->rows[i].version);
	*bad = run.bad;
	return ota_report_status(rep, err);
}

/* ---- the package ---- */

/* What the sources of the package know of an image: whose it is, and its version. */
static void locate(struct runs *r, const ota_manifest *m)
{
	for (size_t i = 0; i < m->component_count; i++)
		for (size_t p = 0; p < m->components[i].payload_count; p++) {
			const struct manifest_source *s = m->components[i].payloads[p].source;

			if (m->components[i].payloads[p].kind != PAYLOAD_DELTA ||
				strcmp(s->hash, r->hash) != 0)
				continue;
			r->owner = m->components[i].name;
			r->version = r->version != NULL ? r->version : s->version;
			return;
		}
}

static ota_status note_row(struct lint_run *run, ota_source_cost *cost, const struct costs *k,
	const struct fielded_row *row, ota_err *err)
{
	struct runs r = {row->version, row->hash, NULL};
	ota_status st;

	if (r.hash != NULL)
		locate(&r, &k->b->m);
	if (runs_it(run->plan, r.version)) {
		*cost = (ota_source_cost){.size = sizeof(*cost), .takes = "nothing"};
	} else {
		st = costs_of(cost, k, &r, err);
		if (st)
			return st;
		if (check_version(run, row, r.version) && cost->refused != OTA_E_NONE)
			strand(run, row, "no payload fits (%s)", ota_id_find(cost->refused)->name);
	}
	return costs_name(cost, k, &r, err);
}

static uint64_t add_sat(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return add_u64(&sum, a, b) ? sum : UINT64_MAX;
}

static uint64_t mul_sat(uint64_t a, uint64_t b)
{
	uint64_t product;

	return mul_u64(&product, a, b) ? product : UINT64_MAX;
}

ota_status reach_note(struct build *b, const struct costs *k, ota_err *err)
{
	ota_plan *plan = b->plan;
	struct lint_run run = {plan, b->rep, 0};
	ota_source_cost *costs = arena_array(&plan->arena, plan->fielded->count, sizeof(costs[0]));
	ota_fielded_total *t = &plan->fielded_total;
	ota_status st = costs != NULL ? OTA_OK : ota_fail_nomem(err);

	*t = (ota_fielded_total){.size = sizeof(*t)};
	for (size_t i = 0; !st && i < plan->fielded->count; i++) {
		const struct fielded_row *row = &plan->fielded->rows[i];

		st = note_row(&run, &costs[i], k, row, err);
		t->devices += row->count;
		t->bytes = add_sat(t->bytes, mul_sat(row->count, costs[i].fetch));
		t->full = add_sat(t->full, mul_sat(row->count, costs[i].full));
	}
	if (!st)
		st = ota_report_status(b->rep, err);
	if (!st && run.bad > 0)
		st = ota_fail(err, OTA_E_LINT,
			"%zu of the fielded versions cannot take the package; see the findings",
			run.bad);
	plan->fielded_costs = st ? NULL : costs;
	return st;
}

size_t ota_plan_fielded_count(const ota_plan *plan)
{
	return plan->fielded_costs != NULL ? plan->fielded->count : 0;
}

bool ota_plan_fielded_at(ota_fielded_cost *out, const ota_plan *plan, size_t index)
{
	const struct fielded_row *row;

	if (index >= ota_plan_fielded_count(plan))
		return false;
	row = &plan->fielded->rows[index];
	*out = (ota_fielded_cost){sizeof(*out), row->name, row->count, &plan->fielded_costs[index]};
	return true;
}

const ota_fielded_total *ota_plan_fielded_total(const ota_plan *plan)
{
	return &plan->fielded_total;
}
