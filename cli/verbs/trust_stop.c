/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_edits.h"
#include "with_io.h"
#include "with_key.h"

#include <stdlib.h>

struct stop_opts {
	struct output_opts out;
	struct key_opts key;
	struct pass_opts pass;
	const char *previous;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "previous", "STOP", "the stop document before: what it names stays stopped",
		offsetof(struct stop_opts, previous), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&key_group, offsetof(struct stop_opts, key)},
	{&group, 0},
	{&output_group, offsetof(struct stop_opts, out)},
	{&pass_group, offsetof(struct stop_opts, pass)},
	{NULL, 0},
};

static ota_status write(
	ota_sink *sink, struct cli *c, const char *const *digests, size_t n, ota_err *err)
{
	const struct stop_opts *s = c->opts;
	ota_source *previous = NULL;
	ota_signer *by = NULL;
	uint64_t version = 0;
	ota_status st = OTA_OK;

	if (s->previous)
		st = io_open(&previous, c, s->previous, err);
	if (!st)
		st = key_open(&by, c, &s->key, &s->pass, err);
	if (!st)
		st = ota_stop_write(sink, &version, c->ctx, previous, digests, n, by, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st) {
		out_str(c->out, "output", "Written", s->out.path);
		out_u64(c->out, "version", "Version", version);
		out_str(c->out, "keyid", "Signed by", ota_key_id(ota_signer_key(by)));
	}
	ota_signer_close(by);
	ota_source_close(previous);
	return st;
}

static void show(struct cli *c, char *const *digests)
{
	out_table(c->out, "packages", "Stopped");
	for (size_t i = 0; i < c->args.n; i++) {
		out_row(c->out);
		out_str(c->out, "input", "Package", c->args.v[i]);
		out_str(c->out, "digest", "Digest", digests[i]);
		out_end(c->out);
	}
	out_end(c->out);
	out_flush(c->out);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct stop_opts *s = c->opts;
	char **digests = calloc(c->args.n, sizeof(*digests));
	ota_sink *sink = NULL;
	ota_status st = digests ? pass_check(&s->pass, err) : ota_fail_nomem(err);

	if (!st)
		st = io_create(&sink, c, &s->out, err);
	for (size_t i = 0; !st && i < c->args.n; i++)
		st = edits_digest(&digests[i], c, c->args.v[i], err);
	if (!st) {
		show(c, digests);
		st = write(sink, c, (const char *const *)digests, c->args.n, err);
	}
	for (size_t i = 0; digests && i < c->args.n; i++)
		free(digests[i]);
	free(digests);
	ota_sink_close(sink);
	return st;
}

static const char *const operands[] = {"PKG|DIGEST", NULL};
static const char *const examples[] = {
	"otatool trust stop release.otap -k stop.key -o stop.json",
	"otatool trust stop attached.otap -k stop.key --previous stop.json -o stop2.json",
	NULL,
};

const struct verb verb_trust_stop = {
	.name = "trust stop",
	.group = "Trust",
	.summary = "take packages back: write and sign a stop document",
	.synopsis = "PKG|DIGEST... -k KEY [--previous STOP] -o STOP",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_MANY,
	.options = options,
	.opts_size = sizeof(struct stop_opts),
	.run = run,
	.examples = examples,
};
