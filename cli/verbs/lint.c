/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "verbs.h"
#include "with_plan.h"

struct lint_opts {
	struct plan_opts plan;
	unsigned format;
};

enum lint_format { FORMAT_TEXT, FORMAT_GITHUB };

static const char *const formats[] = {"text", "github", NULL};

static const struct opt rows[] = {
	{0, OPT_CHOICE, "format", "FORMAT", "text (file:line:col) or github (annotations)",
		offsetof(struct lint_opts, format), formats},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&plan_group, offsetof(struct lint_opts, plan)},
	{NULL, 0},
};

static ota_status run(struct cli *c, ota_err *err)
{
	const struct lint_opts *l = c->opts;
	struct plan plan = {.plan = NULL};
	ota_status st = plan_open(&plan, c, c->args.v[0], &l->plan, err);

	if (!c->common.json && l->format == FORMAT_GITHUB)
		explain_github(c->rep, stdout);
	else if (!c->common.json)
		explain_report(c->rep, stdout, false);
	out_str(c->out, "manifest", NULL, c->args.v[0]);
	out_u64(c->out, "failures", NULL, ota_report_failures(c->rep));
	if (!st && l->format == FORMAT_TEXT)
		out_cell(c->out, c->args.v[0], "ready to pack");
	out_str(c->out, "verdict", NULL, st ? "refused" : "ready");
	plan_close(&plan);
	return st;
}

static const char *const operands[] = {"MANIFEST.yaml", NULL};
static const char *const examples[] = {
	"otatool lint update.yaml",
	"otatool lint update.yaml --format github",
	"otatool lint update.yaml --device update.device.yaml",
	"otatool lint update.yaml --fielded fielded.csv",
	NULL,
};

const struct verb verb_lint = {
	.name = "lint",
	.group = "Build",
	.summary = "say everything that is wrong with a manifest and its inputs",
	.synopsis =
		"MANIFEST.yaml [--format text|github] [--set PATH=VALUE]... [--previous PKG.otap] "
		"[--device FILE] [--fielded CSV]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct lint_opts),
	.run = run,
	.examples = examples,
};
