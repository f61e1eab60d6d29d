/* SPDX-License-Identifier: MIT */
/* What a rehearsal comes to, shown and written down. */
#ifndef CLI_REHEARSAL_H
#define CLI_REHEARSAL_H

#include "budget.h"

#define REHEARSAL_HEALTHS 3U  /* ota_health */
#define REHEARSAL_FOUND   20U /* cases that are told; the rest is counted */

extern const char *const rehearsal_phases[OTA_PHASES];

struct found {
	const char *health;
	ota_phase phase;
	char *plan, *verdict, *text;
};

struct done {
	const char *health;
	ota_phase phase;
	ota_phase_result result;
};

struct rehearsal {
	uint64_t seed;
	ota_campaign_info cost; /* of the run without a fault */
	struct budgets budgets;
	struct done done[REHEARSAL_HEALTHS * OTA_PHASES];
	size_t done_count;
	struct found found[REHEARSAL_FOUND];
	size_t found_count;
	uint64_t cases, bad;
	uint64_t left_out; /* cases at control writes, for want of time */
	bool oom;
};

/* Copies what one holds; too many are left out. */
void rehearsal_find(struct rehearsal *r, const char *health, ota_phase phase, const ota_case *one);
/* A row of the table of cases. */
void rehearsal_add(struct rehearsal *r, struct out *o, const char *health, ota_phase phase,
	const ota_phase_result *result);
/* The bad cases, and the budgets. */
void rehearsal_show(const struct rehearsal *r, struct out *o);
ota_status rehearsal_junit(const struct rehearsal *r, ota_sink *sink, ota_err *err);
/* rehearsal.failed, rehearsal.budget. */
ota_status rehearsal_verdict(const struct rehearsal *r, struct out *o, ota_err *err);
void rehearsal_fini(struct rehearsal *r);

#endif
