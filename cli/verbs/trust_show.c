/* SPDX-License-Identifier: MIT */
#include "show_signing.h"
#include "verbs.h"
#include "with_root.h"

struct show_opts {
	const char *previous;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "previous", "ROOT", "the root it follows: say who of that has signed",
		offsetof(struct show_opts, previous), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {{&group, 0}, {NULL, 0}};

static ota_status run(struct cli *c, ota_err *err)
{
	const struct show_opts *o = c->opts;
	ota_root *root = NULL, *previous = NULL;
	ota_status st = root_load(&root, c, c->args.v[0], err);

	if (!st && o->previous)
		st = root_load(&previous, c, o->previous, err);
	if (!st)
		st = root_show(c->out, root, err);
	if (!st)
		st = show_signing(c, previous, root, err);
	ota_root_free(previous);
	ota_root_free(root);
	return st;
}

static const char *const operands[] = {"ROOT", NULL};
static const char *const examples[] = {
	"otatool trust show 1.root.json",
	"otatool trust show 2.root.json --previous 1.root.json --json",
	NULL,
};

const struct verb verb_trust_show = {
	.name = "trust show",
	.group = "Trust",
	.summary = "show what a root of trust says, and who signed it",
	.synopsis = "ROOT [--previous ROOT]",
	.operands = operands,
	.operands_min = 1,
	.options = options,
	.opts_size = sizeof(struct show_opts),
	.run = run,
	.examples = examples,
};
