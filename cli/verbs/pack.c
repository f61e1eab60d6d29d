/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "show_costs.h"
#include "show_package.h"
#include "verbs.h"
#include "with_io.h"
#include "with_plan.h"

struct pack_opts {
	struct plan_opts plan;
	struct output_opts out;
	bool dry;
};

static const struct opt rows[] = {
	{'n', OPT_FLAG, "dry-run", NULL, "do it all, write nothing",
		offsetof(struct pack_opts, dry), NULL},
	{0, OPT_TEXT, "cache", "DIR", "keep made deltas there, and take them from there",
		offsetof(struct pack_opts, plan.cache), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&output_group, offsetof(struct pack_opts, out)},
	{&group, 0},
	{&plan_group, offsetof(struct pack_opts, plan)},
	{NULL, 0},
};

static ota_status run(struct cli *c, ota_err *err)
{
	const struct pack_opts *p = c->opts;
	struct plan plan = {.plan = NULL};
	uint8_t digest[OTA_DIGEST_MAX];
	size_t digest_len = 0;
	ota_sink *sink = NULL;
	ota_status st;

	if (p->dry && p->out.path)
		return ota_fail(err, OTA_E_OPTION, "--dry-run writes nothing, so it takes no -o");
	st = p->dry ? ota_sink_null(&sink, c->ctx, err) : io_create(&sink, c, &p->out, err);
	if (!st)
		st = plan_open(&plan, c, c->args.v[0], &p->plan, err);
	if (!st)
		st = ota_pack(sink, plan.plan, digest, &digest_len, c->rep, err);
	if (!st && !p->dry)
		st = io_commit(sink, err);
	if (!st) {
		if (p->dry)
			out_cell(c->out, "Package", "(dry run)");
		out_str(c->out, "output", "Package", p->out.path);
		out_bool(c->out, "dry_run", NULL, p->dry);
		st = show_identity(
			c->out, "Package", ota_plan_manifest(plan.plan), digest, digest_len, err);
		show_costs(c->out, plan.plan);
		show_deltas(c->out, plan.plan, p->plan.cache);
		show_sources(c->out, plan.plan);
		show_fielded(c->out, plan.plan);
	}
	if (!c->common.json)
		explain_report(c->rep, stderr, false);
	ota_sink_close(sink);
	plan_close(&plan);
	return st;
}

static const char *const operands[] = {"MANIFEST.yaml", NULL};
static const char *const examples[] = {
	"otatool pack update.yaml -o fresh.otap",
	"otatool pack update.yaml --dry-run --json",
	"otatool pack update.yaml --set version=2.0.1 --set security_counter=3 -o later.otap",
	"otatool pack update.yaml --device update.device.yaml -o fitting.otap",
	"otatool pack update.yaml --fielded fielded.csv --dry-run",
	"otatool pack update.yaml --cache deltas -o quick.otap",
	NULL,
};

const struct verb verb_pack = {
	.name = "pack",
	.group = "Build",
	.summary = "make a package from a manifest",
	.synopsis = "MANIFEST.yaml -o PKG.otap [--jobs N] [--dry-run] [--set PATH=VALUE]... "
		    "[--previous PKG.otap] [--device FILE] [--fielded CSV] [--cache DIR]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct pack_opts),
	.run = run,
	.examples = examples,
};
