/* SPDX-License-Identifier: MIT */
/* The struct behind ota_campaign: what is set up, and which cases there are. */
#ifndef SIM_CAMPAIGN_H
#define SIM_CAMPAIGN_H

#include <ota/campaign.h>

#include <base/arena.h>
#include <sim/run.h>

struct strikes {
	struct strike *v;
	size_t n, room;
};

/* What a thread runs its cases on. */
struct bench {
	struct media *m;
	struct memo *memo;
};

struct ota_campaign {
	const ota_ctx *ctx;
	ota_ctx *one; /* of one job: cases run side by side, not inside */
	struct arena arena;
	struct layout layout;
	struct scene scene;
	struct media *start, *end, *spare;
	struct bench *bench;
	size_t bench_count;
	size_t batch; /* cases that a thread takes at once */
	bool plain;
	uint64_t seed;
	enum fault_id only; /* FAULT_NONE: all modes */
	uint32_t **wear;    /* erases of each block of each region */
	uint64_t *judged;   /* of each operation: cases that first strike there */
	ota_campaign_info info;
	struct strikes control, data, control_cuts;
	ota_phase_result phase[OTA_PHASES];
};

/* A context of one job, within the campaign's memory. */
ota_status campaign_ctx(ota_ctx **out, const ota_campaign *c, ota_err *err);

/* ---- well.c ---- */

/* Install from start into end: c->info, and the operations that cases strike at. */
ota_status well_run(ota_campaign *c, ota_err *err);

/* ---- cases.c ---- */

/* Every case that one strike at op can be, by kind of operation. */
ota_status cases_add(ota_campaign *c, uint64_t index, const struct media_op *op, ota_err *err);
/* How many cases each phase has, once all operations are known. */
void cases_count(ota_campaign *c);
/* The index'th case of a phase, index below what is possible. */
void cases_plan(struct plan *out, const ota_campaign *c, ota_phase phase, uint64_t index);
void cases_free(ota_campaign *c);

/* ---- stage.c ---- */

/* The device as it is before the update. */
ota_status stage_start(ota_campaign *c, const ota_campaign_options *opt, ota_err *err);

#endif
