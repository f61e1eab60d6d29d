/* SPDX-License-Identifier: MIT */
/* The struct behind ota_plan: a checked manifest and its opened inputs. */
#ifndef PACK_PLAN_H
#define PACK_PLAN_H

#include <ota/pack.h>

#include <model/manifest.h>

struct plan_input {
	const char *name;     /* NULL: none, a full payload */
	const struct doc *at; /* where the manifest names it; NULL: not known */
	ota_source *src;
	uint64_t size;
	ota_spool *spool;    /* that src belongs to: what came out of a package; NULL: a file */
	const char *version; /* of what came out of a package; NULL: not known */
};

struct fielded;

struct plan_component {
	struct plan_input image;
	struct plan_input *from; /* one per payload */
};

struct ota_plan {
	const ota_ctx *ctx;
	struct arena arena;
	ota_manifest *m;
	const char *name, *tmpdir;
	int64_t created;
	uint64_t memory;
	struct plan_component *components; /* m->component_count */
	struct plan_input *attachments;    /* m->attachment_count; name NULL: elsewhere */
	const ota_devfile *device;         /* borrowed; NULL: any */
	const ota_cache *cache;            /* borrowed; NULL: none */
	const char *tools;                 /* for build.tools; NULL: left out */
	size_t deltas_made, deltas_cached;
	ota_payload_cost *costs; /* room for every payload */
	size_t cost_count;
	ota_source_cost *sources;
	size_t source_count;
	struct fielded *fielded; /* NULL: not told */
	ota_source_cost *fielded_costs;
	ota_fielded_total fielded_total;
};

/* Payloads with several `from`, or with a pattern, become one payload for each file. */
ota_status expand_payloads(
	ota_plan *plan, const ota_plan_options *opt, ota_report *rep, ota_err *err);
/*
 * An input that is a package becomes the image of its component. The package
 * is whole and agrees with itself; nobody vouches for it.
 */
ota_status input_unpack(struct plan_input *in, ota_plan *plan, const char *component, ota_err *err);
void input_close(struct plan_input *in);
/* What is wrong with the opened inputs, as findings; *bad counts the failures. */
ota_status check_inputs(size_t *bad, const ota_plan *plan, ota_report *rep, ota_err *err);
/* Version and counter against what was released before; counts as check_inputs. */
ota_status check_previous(size_t *bad, const ota_plan *plan, const ota_manifest *previous,
	ota_report *rep, ota_err *err);
/* Whether the device of the device file would take what is asked of it; counts as check_inputs. */
ota_status check_device(size_t *bad, const ota_plan *plan, ota_report *rep, ota_err *err);
/* A run of checks: findings at what was read; bad counts the failures. */
struct lint_run {
	const ota_plan *plan;
	ota_report *rep;
	size_t bad;
};
/* at NULL: no place. */
void lint_at(struct lint_run *r, ota_outcome outcome, ota_id id, const struct doc *at,
	const char *subject, const char *fmt, ...) OTA_PRINTF(6, 7);
/* At a key of the manifest. */
void lint_key(struct lint_run *r, ota_outcome outcome, ota_id id, const char *key, const char *fmt,
	...) OTA_PRINTF(5, 6);
/* One lint finding on an input, at the line that names it. */
void lint(const ota_plan *plan, ota_report *rep, ota_outcome outcome, ota_id id,
	const struct plan_input *in, const char *text);

#endif
