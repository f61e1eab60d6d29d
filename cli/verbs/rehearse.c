/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "timeline.h"
#include "show_package.h"
#include "verbs.h"
#include "with_base.h"
#include "with_device.h"
#include "with_stand_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIME_DEFAULT 20U /* seconds for what is sampled */

struct rehearse_opts {
	struct trust_opts trust;
	const char *from, *device, *one, *mode, *junit, *svg;
	struct opt_list budget;
	struct opt_number time, cases, seed;
	struct opt_time at;
	unsigned health;
	bool trace;
};

/* Index 0 is the default: every end is tried. The others are ota_health and 1. */
static const char *const healths[] = {"all", "good", "bad", "hang", NULL};

static const struct opt rows[] = {
	{0, OPT_TEXT, "from", "IMG|PKG", "what the device runs: an image, or the package it has",
		offsetof(struct rehearse_opts, from), NULL},
	{0, OPT_TEXT, "device", "FILE", "the device file (default: any device of the product)",
		offsetof(struct rehearse_opts, device), NULL},
	{0, OPT_NUMBER, "time", "SECONDS",
		"for all cases (default 20), after the runs without a fault",
		offsetof(struct rehearse_opts, time), NULL},
	{0, OPT_NUMBER, "cases", "N",
		"sample N of each kind instead, control writes all, whatever the time",
		offsetof(struct rehearse_opts, cases), NULL},
	{0, OPT_NUMBER, "seed", "N", "what is random follows from it (default 1)",
		offsetof(struct rehearse_opts, seed), NULL},
	{0, OPT_CHOICE, "health", "HEALTH",
		"how the new system does: good, bad, hang, or all in turn",
		offsetof(struct rehearse_opts, health), healths},
	{0, OPT_TEXT, "mode", "MODE", "only this fault: torn-half, lost, read-flip, …",
		offsetof(struct rehearse_opts, mode), NULL},
	{0, OPT_TEXT, "case", "PLAN", "replay this case alone: op118:torn-half+op131:cut-after",
		offsetof(struct rehearse_opts, one), NULL},
	{0, OPT_FLAG, "trace", NULL, "with --case, list every operation",
		offsetof(struct rehearse_opts, trace), NULL},
	{0, OPT_LIST, "budget", "KEY=VALUE",
		"fail if it costs more: read, written, memory (SIZE), erases, block-erases, "
		"time (SECONDS)",
		offsetof(struct rehearse_opts, budget), NULL},
	{0, OPT_TEXT, "junit", "FILE",
		"write the result as JUnit XML too, and replace what is there",
		offsetof(struct rehearse_opts, junit), NULL},
	{0, OPT_TEXT, "svg", "FILE",
		"draw the run without a fault as SVG, with what was judged, and replace what is "
		"there",
		offsetof(struct rehearse_opts, svg), NULL},
	{0, OPT_TIME, "at", "TIME", "the device's clock (default: it has none)",
		offsetof(struct rehearse_opts, at), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Rehearsal", rows};
static const struct opt_use options[] = {
	{&trust_group, offsetof(struct rehearse_opts, trust)},
	{&group, 0},
	{NULL, 0},
};

/* Of the time that is left: what control writes do not take, the others have. */
static const double shares[OTA_PHASES] = {
	[OTA_PHASE_CONTROL] = 0.5,
	[OTA_PHASE_DATA] = 0.4,
	[OTA_PHASE_PAIRS] = 0.5,
	[OTA_PHASE_STORMS] = 1,
};

struct session {
	struct cli *c;
	const struct rehearse_opts *o;
	struct stand_in stand_in;
	struct io_file pkg;
	struct base base;
	ota_devfile *device;
	ota_campaign *campaign;
	const char *health; /* of the campaign at hand */
	double until;
	ota_phase phase; /* at hand */
	struct rehearsal all;
	struct timeline timeline;
};

/* ---- opening ---- */

static ota_status describe(struct session *s, ota_err *err)
{
	struct out *o = s->c->out;
	const uint8_t *digest;
	char *product = NULL;
	ota_pkg *pkg = NULL;
	ota_status st;
	size_t len;

	st = ota_pkg_open(&pkg, s->c->ctx, s->pkg.src, s->stand_in.trust.trust,
		s->stand_in.signer ? NULL : s->c->rep, err);
	if (st)
		return st;
	digest = ota_pkg_digest(pkg, &len);
	show_keep_digest(s->c, digest, len);
	st = show_identity(o, "Package", ota_pkg_manifest(pkg), digest, len, err);
	if (s->stand_in.signer)
		out_str(o, "signatures", "Signatures", "not looked at: no --key was named");
	else
		trust_show(o, &s->stand_in.trust, pkg);
	product = show_get(ota_pkg_manifest(pkg), "product");
	if (!st && !product)
		st = ota_fail_nomem(err);
	if (!st)
		st = device_open(&s->device, s->c, s->o->device, product, err);
	free(product);
	ota_pkg_free(pkg);
	return st;
}

static ota_status open_all(struct session *s, ota_err *err)
{
	ota_status st = stand_in_open(&s->stand_in, s->c, &s->o->trust, err);

	if (!st)
		st = io_open_file(&s->pkg, s->c, s->c->args.v[0], err);
	if (!st)
		st = stand_in_package(&s->stand_in, s->c, &s->pkg, err);
	if (!st)
		st = base_open(&s->base, s->c, s->o->from, err);
	if (!st && s->base.peek)
		st = stand_in_package(&s->stand_in, s->c, &s->base.file, err);
	if (!st)
		st = describe(s, err);
	return st;
}

static ota_status begin(struct session *s, ota_health health, ota_err *err)
{
	ota_campaign_options opt = {.size = sizeof(opt),
		.at = s->o->at.given ? s->o->at.value : OTA_TIME_NONE,
		.health = health,
		.seed = s->all.seed,
		.mode = s->o->mode};

	s->health = healths[health + 1];
	if (s->base.peek)
		opt.from = s->base.file.src;
	else
		opt.image = s->base.file.src;
	return ota_campaign_new(
		&s->campaign, s->c->ctx, s->device, s->stand_in.trust.trust, s->pkg.src, &opt, err);
}

static void close_session(struct session *s)
{
	timeline_fini(&s->timeline);
	rehearsal_fini(&s->all);
	ota_campaign_free(s->campaign);
	ota_devfile_free(s->device);
	base_close(&s->base);
	io_close_file(&s->pkg);
	stand_in_close(&s->stand_in);
}

static bool is_meant(const struct session *s, ota_health health)
{
	return s->o->health == 0 || s->o->health == (unsigned)health + 1;
}

/* ---- the campaign ---- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool more(void *arg, uint64_t run)
{
	const struct session *s = arg;

	if (!s->o->cases.given)
		return now() < s->until;
	return s->phase == OTA_PHASE_CONTROL || run < s->o->cases.value;
}

static void keep(void *arg, const ota_case *one)
{
	struct session *s = arg;

	rehearsal_find(&s->all, s->health, s->phase, one);
}

static void show_phase(struct session *s, ota_phase phase)
{
	ota_phase_result r = {.size = sizeof(r)};

	ota_campaign_phase_get(s->campaign, phase, &r);
	rehearsal_add(&s->all, s->c->out, s->health, phase, &r);
}

static ota_status campaign(struct session *s, ota_health health, double seconds, ota_err *err)
{
	ota_status st = s->campaign ? OTA_OK : begin(s, health, err);
	double end = now() + seconds;

	for (ota_phase phase = 0; phase < OTA_PHASES && !st; phase++) {
		s->phase = phase;
		s->until = now() + (end - now()) * shares[phase];
		st = ota_campaign_run(s->campaign, phase, more, keep, s, err);
		if (!st)
			show_phase(s, phase);
	}
	/* Of the first end of the new system: others are the same up to it. */
	if (!st && s->o->svg && s->all.done_count == OTA_PHASES)
		st = timeline_draw(&s->timeline, s->campaign, &s->all, s->health, err);
	ota_campaign_free(s->campaign);
	s->campaign = NULL;
	return st;
}

/* The one that commits gets half of the time. */
static ota_status campaigns(struct session *s, ota_err *err)
{
	static const double parts[REHEARSAL_HEALTHS] = {0.5, 0.25, 0.25};
	double seconds = s->o->time.given ? (double)s->o->time.value : TIME_DEFAULT;
	ota_status st = OTA_OK;

	out_table(s->c->out, "phases", "Cases");
	for (unsigned h = 0; h < REHEARSAL_HEALTHS && !st; h++) {
		if (!is_meant(s, (ota_health)h))
			continue;
		st = campaign(
			s, (ota_health)h, s->o->health != 0 ? seconds : seconds * parts[h], err);
	}
	out_end(s->c->out);
	return st;
}

/* The run without a fault: what the update costs this device. Its campaign is the first that is run. */
static ota_status show_cost(struct session *s, ota_err *err)
{
	ota_status st = begin(s, OTA_HEALTH_GOOD, err);

	if (st)
		return st;
	ota_campaign_info_get(s->campaign, &s->all.cost);
	cost_show(s->c->out, &s->all.cost);
	if (!is_meant(s, OTA_HEALTH_GOOD)) {
		ota_campaign_free(s->campaign);
		s->campaign = NULL;
	}
	return budgets_judgeable(&s->all.budgets, &s->all.cost, err);
}

/* ---- one case ---- */

static void trace(void *arg, const ota_case_op *op)
{
	struct out *o = ((struct session *)arg)->c->out;

	out_row(o);
	out_u64(o, "op", "Op", op->index);
	out_str(o, "kind", "Kind", op->kind);
	out_str(o, "region", "Region", op->region);
	out_u64(o, "off", "Offset", op->off);
	out_u64(o, "len", "Length", op->len);
	out_str(o, "struck", "Fault", op->struck ? op->struck : "");
	out_end(o);
}

static void replayed(void *arg, const ota_case *one)
{
	struct session *s = arg;

	s->all.cases = 1;
	s->all.bad = one->bad;
	keep(arg, one);
}

static ota_status replay(struct session *s, ota_err *err)
{
	struct out *o = s->c->out;
	ota_status st =
		begin(s, s->o->health != 0 ? (ota_health)(s->o->health - 1) : OTA_HEALTH_GOOD, err);

	if (st)
		return st;
	out_table(o, "trace", s->o->trace ? "What the flash sees" : NULL);
	st = ota_campaign_replay(
		s->campaign, s->o->one, s->o->trace ? trace : NULL, replayed, s, err);
	out_end(o);
	if (st)
		return st;
	if (s->all.oom)
		return ota_fail_nomem(err);
	out_str(o, "case", "Case", s->all.found[0].plan);
	out_str(o, "verdict", "Verdict", s->all.found[0].verdict);
	out_str(o, "text", "Why", s->all.found[0].text);
	return OTA_OK;
}

/* ---- the verb ---- */

static ota_status rehearse(struct session *s, ota_err *err)
{
	ota_status st = show_cost(s, err);

	if (!st)
		st = campaigns(s, err);
	rehearsal_show(&s->all, s->c->out);
	return st;
}

static ota_status check_options(const struct rehearse_opts *o, ota_err *err)
{
	const char *whole = o->junit          ? "--junit"
			    : o->svg          ? "--svg"
			    : o->budget.n > 0 ? "--budget"
					      : NULL;

	if (!o->from)
		return ota_fail(err, OTA_E_ARGUMENT, "say with --from what the device runs");
	if (o->trace && !o->one)
		return ota_fail(err, OTA_E_OPTION, "--trace is for one case: name it with --case");
	if (whole && o->one)
		return ota_fail(err, OTA_E_OPTION, "%s is for all cases, --case for one", whole);
	if (o->junit && o->svg && !strcmp(o->junit, o->svg))
		return ota_fail(err, OTA_E_OPTION, "--junit and --svg name the same file");
	return OTA_OK;
}

static ota_status create(ota_sink **out, struct cli *c, const char *path, ota_err *err)
{
	return path ? io_create(out, c, &(struct output_opts){path, true}, err) : OTA_OK;
}

/* Either may be NULL. Both are there, or what was there before. */
static ota_status write_files(struct session *s, ota_sink *junit, ota_sink *svg, ota_err *err)
{
	ota_status st = junit ? rehearsal_junit(&s->all, junit, err) : OTA_OK;

	if (!st && svg)
		st = timeline_write(&s->timeline, &s->all, svg, err);
	if (!st && junit)
		st = io_commit(junit, err);
	if (!st && svg)
		st = io_commit(svg, err);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	struct session s = {.c = c, .o = c->opts, .stand_in = {.fd = -1}};
	ota_sink *junit = NULL, *svg = NULL;
	ota_status st = check_options(s.o, err);

	s.all.seed = s.o->seed.given ? s.o->seed.value : 1;
	s.all.cost.size = sizeof(s.all.cost);
	if (!st)
		st = budgets_parse(&s.all.budgets, &s.o->budget, err);
	if (!st)
		st = create(&junit, c, s.o->junit, err);
	if (!st)
		st = create(&svg, c, s.o->svg, err);
	if (!st)
		st = open_all(&s, err);
	if (!st)
		st = s.o->one ? replay(&s, err) : rehearse(&s, err);
	if (!st && !s.all.oom)
		st = write_files(&s, junit, svg, err);
	if (!st)
		st = rehearsal_verdict(&s.all, c->out, err);
	ota_sink_close(svg);
	ota_sink_close(junit);
	close_session(&s);
	return st;
}

static const char *const operands[] = {"PKG.otap", NULL};
static const char *const examples[] = {
	"otatool rehearse release.otap --from old.img --cases 50",
	"otatool rehearse release.otap --from old.img --cases 50 --junit rehearsal.xml",
	"otatool rehearse release.otap --from old.img --cases 50 --svg timeline.svg",
	"otatool rehearse release.otap --from old.img --cases 50 --budget written=1M",
	"otatool rehearse release.otap --from old.img --key rel.pub --case op9:cut-after --trace",
	NULL,
};

const struct verb verb_rehearse = {
	.name = "rehearse",
	.group = "Device",
	.summary = "try to brick a device with this update: power cuts and bad flash, in memory",
	.synopsis = "PKG.otap --from IMG|PKG [--device FILE] [--time SECONDS] "
		    "[--budget KEY=VALUE]... [--case PLAN [--trace]]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct rehearse_opts),
	.run = run,
	.examples = examples,
};
