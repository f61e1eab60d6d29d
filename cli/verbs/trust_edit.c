/* SPDX-License-Identifier: MIT */
#include "show_signing.h"
#include "verbs.h"
#include "with_edits.h"
#include "with_io.h"
#include "with_root.h"

#include <stdlib.h>

struct edit_verb_opts {
	struct output_opts out;
	struct edit_opts edits;
};

static const struct opt_use options[] = {
	{&edits_change_group, offsetof(struct edit_verb_opts, edits)},
	{&edits_policy_group, offsetof(struct edit_verb_opts, edits)},
	{&output_group, offsetof(struct edit_verb_opts, out)},
	{NULL, 0},
};

static ota_status run(struct cli *c, ota_err *err)
{
	const struct edit_verb_opts *o = c->opts;
	struct edits *e = calloc(1, sizeof(*e));
	ota_root *old = NULL, *root = NULL;
	ota_sink *sink = NULL;
	ota_status st = e ? io_create(&sink, c, &o->out, err) : ota_fail_nomem(err);

	if (!st)
		st = root_load(&old, c, c->args.v[0], err);
	if (!st)
		st = edits_open(e, c, &o->edits, err);
	if (!st && !e->n)
		st = ota_fail(err, OTA_E_ARGUMENT, "say what to change");
	if (!st)
		st = ota_root_write(&root, sink, c->ctx, old, e->v, e->n, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st) {
		out_str(c->out, "output", "Written", o->out.path);
		st = root_show(c->out, root, err);
	}
	if (!st)
		st = show_signing(c, old, root, err);
	ota_root_free(root);
	ota_root_free(old);
	ota_sink_close(sink);
	if (e)
		edits_close(e);
	free(e);
	return st;
}

static const char *const operands[] = {"ROOT", NULL};
static const char *const examples[] = {
	"otatool trust edit 1.root.json --min-counter test-board=2 --expires +1y -o next.root.json",
	"otatool trust edit 1.root.json --add release=new.pub --revoke rel.pub -o 2.root.json",
	NULL,
};

const struct verb verb_trust_edit = {
	.name = "trust edit",
	.group = "Trust",
	.summary = "make the root that follows one, unsigned",
	.synopsis =
		"ROOT -o NEW [--add ROLE=PUB]... [--remove ROLE=ID|PUB]... [--revoke ID|PUB]... "
		"[--revoke-package PKG|DIGEST]... [--threshold ROLE=N]... [--grant GRANT]... "
		"[--expires TIME]",
	.operands = operands,
	.operands_min = 1,
	.options = options,
	.opts_size = sizeof(struct edit_verb_opts),
	.run = run,
	.examples = examples,
};
