/* SPDX-License-Identifier: MIT */
#include "show_signing.h"
#include "verbs.h"
#include "with_edits.h"
#include "with_io.h"
#include "with_root.h"

#include <stdlib.h>

struct init_opts {
	struct output_opts out;
	struct edit_opts edits;
};

static const struct opt_use options[] = {
	{&edits_first_group, offsetof(struct init_opts, edits)},
	{&edits_policy_group, offsetof(struct init_opts, edits)},
	{&output_group, offsetof(struct init_opts, out)},
	{NULL, 0},
};

static ota_status run(struct cli *c, ota_err *err)
{
	const struct init_opts *o = c->opts;
	struct edits *e = calloc(1, sizeof(*e));
	ota_root *root = NULL;
	ota_sink *sink = NULL;
	ota_status st = e ? OTA_OK : ota_fail_nomem(err);

	if (!st && !o->edits.root_key.n)
		st = ota_fail(err, OTA_E_ARGUMENT, "name who makes roots with --root-key PUB");
	if (!st && !o->edits.expires.given)
		st = ota_fail(err, OTA_E_ARGUMENT, "say until when it holds with --expires TIME");
	if (!st)
		st = io_create(&sink, c, &o->out, err);
	if (!st)
		st = edits_open(e, c, &o->edits, err);
	if (!st)
		st = ota_root_write(&root, sink, c->ctx, NULL, e->v, e->n, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st) {
		out_str(c->out, "output", "Written", o->out.path);
		st = root_show(c->out, root, err);
	}
	if (!st)
		st = show_signing(c, NULL, root, err);
	ota_root_free(root);
	ota_sink_close(sink);
	if (e)
		edits_close(e);
	free(e);
	return st;
}

static const char *const operands[] = {NULL};
static const char *const examples[] = {
	"otatool trust init --root-key ana.pub --release-key rel.pub --expires +1y -o root.json",
	"otatool trust init --root-key ana.pub --release-key rel.pub --role stop=stop.pub "
	"--grant 'test-*=release+hooks' --expires +2y -o 1.root.json",
	NULL,
};

const struct verb verb_trust_init = {
	.name = "trust init",
	.group = "Trust",
	.summary = "make the first root of trust, unsigned",
	.synopsis = "--root-key PUB... [--release-key PUB...] [--role NAME=PUB]... "
		    "[--threshold ROLE=N]... [--grant GRANT]... --expires TIME -o ROOT",
	.operands = operands,
	.operands_min = 0,
	.operand = OPERAND_NONE,
	.options = options,
	.opts_size = sizeof(struct init_opts),
	.run = run,
	.examples = examples,
};
