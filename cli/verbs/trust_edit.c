/* SPDX-License-Identifier: MIT */
#include "show_signing.h"
#include "verbs.h"
#include "with_edits.h"
#include "with_io.h"
#include "with_root.h"
#include "with_trust.h"

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

/* ---- what it changes for packages ---- */

static ota_status show_package(struct cli *c, const ota_trust *before, const ota_trust *after,
	const char *name, ota_err *err)
{
	const ota_trust *const under[] = {before, after};
	static const char *const names[][2] = {{"before", "Before"}, {"after", "After"}};
	ota_status st = OTA_OK;

	out_row(c->out);
	out_str(c->out, "package", "Package", name);
	for (int i = 0; !st && i < 2; i++) {
		ota_err why = OTA_ERR_INIT;
		bool accepted = false;

		st = trust_judge(&accepted, &why, c, under[i], name, NULL, err);
		if (!st)
			out_str(c->out, names[i][0], names[i][1],
				accepted ? "accepted" : ota_id_find(why.id)->name);
	}
	out_end(c->out);
	return st;
}

/* As if it were signed. Takes both roots. */
static ota_status show_packages(struct cli *c, ota_root **old, ota_root **root, ota_err *err)
{
	ota_trust *before = NULL, *after = NULL;
	ota_status st = ota_trust_preview(&before, old, err);

	if (!st)
		st = ota_trust_preview(&after, root, err);
	out_table(c->out, "packages", "Packages, once it is signed");
	for (size_t i = 1; !st && i < c->args.n; i++)
		st = show_package(c, before, after, c->args.v[i], err);
	out_end(c->out);
	ota_trust_free(after);
	ota_trust_free(before);
	return st;
}

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
		st = root_show(c->out, root, err);
	if (!st)
		st = show_signing(c, old, root, err);
	if (!st && c->args.n > 1)
		st = show_packages(c, &old, &root, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st)
		out_str(c->out, "output", "Written", o->out.path);
	ota_root_free(root);
	ota_root_free(old);
	ota_sink_close(sink);
	if (e)
		edits_close(e);
	free(e);
	return st;
}

static const char *const operands[] = {"ROOT", "PKG.otap", NULL};
static const char *const examples[] = {
	"otatool trust edit 1.root.json --min-counter test-board=2 --expires +1y -o next.root.json",
	"otatool trust edit 1.root.json release.otap --min-counter test-board=3 -o floor.root.json",
	"otatool trust edit 1.root.json --add release=new.pub --revoke rel.pub -o 2.root.json",
	NULL,
};

const struct verb verb_trust_edit = {
	.name = "trust edit",
	.group = "Trust",
	.summary = "make the root that follows one, unsigned",
	.synopsis = "ROOT [PKG]... -o NEW [--add ROLE=PUB]... [--remove ROLE=ID|PUB]... [--revoke "
		    "ID|PUB]... "
		    "[--revoke-package PKG|DIGEST]... [--threshold ROLE=N]... [--grant GRANT]... "
		    "[--expires TIME]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_MANY,
	.options = options,
	.opts_size = sizeof(struct edit_verb_opts),
	.run = run,
	.examples = examples,
};
