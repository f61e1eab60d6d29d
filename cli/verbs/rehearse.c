/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "junit.h"
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
#define FOUND_MAX    20U /* cases that are told; the rest is counted */

struct rehearse_opts {
	struct trust_opts trust;
	const char *from, *device, *one, *mode, *junit;
	struct opt_number time, cases, seed;
	struct opt_time at;
	unsigned health;
	bool trace;
};

/* Index 0 is the default: every end is tried. The others are ota_health and 1. */
static const char *const healths[] = {"all", "good", "bad", "hang", NULL};
#define HEALTHS 3U

static const struct opt rows[] = {
	{0, OPT_TEXT, "from", "IMG|PKG", "what the device runs: an image, or the package it has",
		offsetof(struct rehearse_opts, from), NULL},
	{0, OPT_TEXT, "device", "FILE", "the device file (default: any device of the product)",
		offsetof(struct rehearse_opts, device), NULL},
	{0, OPT_NUMBER, "time", "SECONDS", "for the cases that are sampled (default 20)",
		offsetof(struct rehearse_opts, time), NULL},
	{0, OPT_NUMBER, "cases", "N", "sample N of each kind instead, whatever the time",
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
	{0, OPT_TEXT, "junit", "FILE",
		"write the result as JUnit XML too, and replace what is there",
		offsetof(struct rehearse_opts, junit), NULL},
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

static const struct {
	const char *name;
	double share; /* of the time; 0: all of it, however long */
} phases[OTA_PHASES] = {
	[OTA_PHASE_CONTROL] = {"control writes", 0},
	[OTA_PHASE_DATA] = {"data writes", 0.4},
	[OTA_PHASE_PAIRS] = {"pairs of cuts", 0.3},
	[OTA_PHASE_STORMS] = {"storms", 0.3},
};

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
	uint64_t first;  /* case of it */
	struct done done[HEALTHS * OTA_PHASES];
	size_t done_count;
	struct found found[FOUND_MAX];
	size_t found_count;
	uint64_t cases, bad;
	bool oom;
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

static uint64_t seed_of(const struct session *s)
{
	return s->o->seed.given ? s->o->seed.value : 1;
}

static ota_status begin(struct session *s, ota_health health, ota_err *err)
{
	ota_campaign_options opt = {.size = sizeof(opt),
		.at = s->o->at.given ? s->o->at.value : OTA_TIME_NONE,
		.health = health,
		.seed = seed_of(s),
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
	for (size_t i = 0; i < s->found_count; i++) {
		free(s->found[i].plan);
		free(s->found[i].verdict);
		free(s->found[i].text);
	}
	ota_campaign_free(s->campaign);
	ota_devfile_free(s->device);
	base_close(&s->base);
	io_close_file(&s->pkg);
	stand_in_close(&s->stand_in);
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

	return s->o->cases.given ? run - s->first < s->o->cases.value : now() < s->until;
}

static void keep(void *arg, const ota_case *one)
{
	struct session *s = arg;
	struct found *f = &s->found[s->found_count];

	if (s->found_count == FOUND_MAX)
		return;
	*f = (struct found){
		s->health, s->phase, strdup(one->plan), strdup(one->verdict), strdup(one->text)};
	s->oom = s->oom || !f->plan || !f->verdict || !f->text;
	s->found_count++;
}

static void show_phase(struct session *s, ota_phase phase)
{
	ota_phase_result r = {.size = sizeof(r)};
	struct out *o = s->c->out;

	ota_campaign_phase_get(s->campaign, phase, &r);
	s->done[s->done_count++] = (struct done){s->health, phase, r};
	s->cases += r.run;
	s->bad += r.bad;
	out_row(o);
	out_str(o, "health", "Health", s->health);
	out_str(o, "phase", "Faults", phases[phase].name);
	out_u64(o, "run", "Run", r.run);
	if (r.possible == UINT64_MAX)
		out_str(o, "possible", "Of", "any");
	else
		out_u64(o, "possible", "Of", r.possible);
	out_u64(o, "new", "New", r.ended_new);
	out_u64(o, "old", "Old", r.ended_old);
	out_u64(o, "rolled_back", "Rolled back", r.rolled_back);
	out_u64(o, "bad", "Bad", r.bad);
	out_end(o);
}

static ota_status campaign(struct session *s, ota_health health, double seconds, ota_err *err)
{
	ota_status st = begin(s, health, err);

	for (ota_phase phase = 0; phase < OTA_PHASES && !st; phase++) {
		bool all = phases[phase].share <= 0;

		s->phase = phase;
		s->first = 0;
		s->until = now() + seconds * phases[phase].share;
		st = ota_campaign_run(s->campaign, phase, all ? NULL : more, keep, s, err);
		if (!st)
			show_phase(s, phase);
	}
	ota_campaign_free(s->campaign);
	s->campaign = NULL;
	return st;
}

/* The one that commits gets half of the time. */
static ota_status campaigns(struct session *s, ota_err *err)
{
	static const double shares[HEALTHS] = {0.5, 0.25, 0.25};
	double seconds = s->o->time.given ? (double)s->o->time.value : TIME_DEFAULT;
	ota_status st = OTA_OK;

	out_table(s->c->out, "phases", "Cases");
	for (unsigned h = 0; h < HEALTHS && !st; h++) {
		if (s->o->health != 0 && s->o->health != h + 1)
			continue;
		st = campaign(
			s, (ota_health)h, s->o->health != 0 ? seconds : seconds * shares[h], err);
	}
	out_end(s->c->out);
	return st;
}

/* ---- what comes out ---- */

/* The run without a fault: what the update costs this device. */
static ota_status show_cost(struct session *s, ota_err *err)
{
	ota_campaign_info info = {.size = sizeof(info)};
	struct out *o = s->c->out;
	ota_status st = begin(s, OTA_HEALTH_GOOD, err);

	if (st)
		return st;
	ota_campaign_info_get(s->campaign, &info);
	out_object(o, "cost", "Without a fault");
	out_u64(o, "operations", "Operations", info.operations);
	out_u64(o, "control", "Of them control", info.control);
	out_bytes(o, "programmed", "Programmed", info.programmed);
	out_u64(o, "erased", "Blocks erased", info.erased);
	out_u64(o, "worn", "Most on one block", info.worn);
	out_u64(o, "boots", "Boots", info.boots);
	out_end(o);
	ota_campaign_free(s->campaign);
	s->campaign = NULL;
	return OTA_OK;
}

static void show_found(struct session *s)
{
	struct out *o = s->c->out;

	if (s->found_count == 0)
		return;
	out_table(o, "found", "Bad cases, each at its smallest");
	for (size_t i = 0; i < s->found_count; i++) {
		out_row(o);
		out_str(o, "health", "Health", s->found[i].health);
		out_str(o, "case", "Case", s->found[i].plan);
		out_str(o, "verdict", "Verdict", s->found[i].verdict);
		out_str(o, "text", "Why", s->found[i].text);
		out_end(o);
	}
	out_end(o);
}

static void put_found(struct junit *j, const struct session *s, const struct found *f)
{
	char replay_[160];

	snprintf(replay_, sizeof(replay_), "--health %s --seed %" PRIu64 " --case %s --trace",
		f->health, seed_of(s), f->plan);
	junit_failure(j, replay_, f->text);
}

static void put_done(struct junit *j, const struct session *s, const struct done *d)
{
	const ota_phase_result *r = &d->result;
	char text[160];

	snprintf(text, sizeof(text),
		"%" PRIu64 " cases: %" PRIu64 " new, %" PRIu64 " old, %" PRIu64
		" rolled back, %" PRIu64 " bad",
		r->run, r->ended_new, r->ended_old, r->rolled_back, r->bad);
	junit_begin_case(j, d->health, phases[d->phase].name, text);
	for (size_t i = 0; i < s->found_count; i++)
		if (s->found[i].health == d->health && s->found[i].phase == d->phase)
			put_found(j, s, &s->found[i]);
	junit_end_case(j);
}

static ota_status write_junit(struct session *s, ota_sink *sink, ota_err *err)
{
	struct junit j = {sink, OTA_OK, err};
	size_t bad = 0;
	ota_status st;

	for (size_t i = 0; i < s->done_count; i++)
		bad += s->done[i].result.bad > 0;
	junit_begin(&j, "otatool rehearse", s->done_count, bad);
	for (size_t i = 0; i < s->done_count; i++)
		put_done(&j, s, &s->done[i]);
	st = junit_end(&j);
	return st ? st : io_commit(sink, err);
}

static ota_status verdict(struct session *s, ota_err *err)
{
	const struct found *f = s->found;

	if (s->oom)
		return ota_fail_nomem(err);
	out_u64(s->c->out, "cases", "Cases run", s->cases);
	out_u64(s->c->out, "bad", "Bad ones", s->bad);
	if (s->bad == 0)
		return OTA_OK;
	return ota_fail(err, OTA_E_REHEARSAL,
		"%" PRIu64 " of %" PRIu64 " cases end badly; the first: --health %s --seed %" PRIu64
		" --case %s --trace",
		s->bad, s->cases, f->health, seed_of(s), f->plan);
}

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

	s->cases = 1;
	s->bad = one->bad;
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
	if (s->oom)
		return ota_fail_nomem(err);
	out_str(o, "case", "Case", s->found[0].plan);
	out_str(o, "verdict", "Verdict", s->found[0].verdict);
	out_str(o, "text", "Why", s->found[0].text);
	return OTA_OK;
}

static ota_status rehearse(struct session *s, ota_err *err)
{
	ota_status st = show_cost(s, err);

	if (!st)
		st = campaigns(s, err);
	show_found(s);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	struct session s = {.c = c, .o = c->opts, .stand_in = {.fd = -1}};
	ota_sink *junit = NULL;
	ota_status st;

	if (!s.o->from)
		return ota_fail(err, OTA_E_ARGUMENT, "say with --from what the device runs");
	if (s.o->trace && !s.o->one)
		return ota_fail(err, OTA_E_OPTION, "--trace is for one case: name it with --case");
	if (s.o->junit && s.o->one)
		return ota_fail(err, OTA_E_OPTION, "--junit is for all cases, --case for one");
	st = s.o->junit ? io_create(&junit, c, &(struct output_opts){s.o->junit, true}, err)
			: OTA_OK;
	if (!st)
		st = open_all(&s, err);
	if (!st)
		st = s.o->one ? replay(&s, err) : rehearse(&s, err);
	if (!st && junit && !s.oom)
		st = write_junit(&s, junit, err);
	if (!st)
		st = verdict(&s, err);
	ota_sink_close(junit);
	close_session(&s);
	return st;
}

static const char *const operands[] = {"PKG.otap", NULL};
static const char *const examples[] = {
	"otatool rehearse release.otap --from old.img --cases 50",
	"otatool rehearse release.otap --from old.img --cases 50 --junit rehearsal.xml",
	"otatool rehearse release.otap --from old.img --key rel.pub --case op9:cut-after --trace",
	NULL,
};

const struct verb verb_rehearse = {
	.name = "rehearse",
	.group = "Device",
	.summary = "try to brick a device with this update: power cuts and bad flash, in memory",
	.synopsis =
		"PKG.otap --from IMG|PKG [--device FILE] [--time SECONDS] [--case PLAN [--trace]]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct rehearse_opts),
	.run = run,
	.examples = examples,
};
