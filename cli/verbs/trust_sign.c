/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "show_signing.h"
#include "verbs.h"
#include "with_io.h"
#include "with_key.h"
#include "with_root.h"

struct sign_opts {
	struct output_opts out;
	struct key_opts key;
	struct pass_opts pass;
	const char *previous;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "previous", "ROOT", "the root it follows: say who of that has yet to sign",
		offsetof(struct sign_opts, previous), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&key_group, offsetof(struct sign_opts, key)},
	{&group, 0},
	{&output_group, offsetof(struct sign_opts, out)},
	{&pass_group, offsetof(struct sign_opts, pass)},
	{NULL, 0},
};

/* Read again: what is shown is what now stands there. */
static ota_status show(struct cli *c, const uint8_t *p, size_t len, ota_err *err)
{
	const struct sign_opts *s = c->opts;
	ota_root *root = NULL, *previous = NULL;
	ota_source *src = NULL;
	ota_status st = ota_source_memory(&src, c->ctx, p, len, err);

	if (!st)
		st = ota_root_read(&root, c->ctx, src, err);
	if (!st && s->previous)
		st = root_load(&previous, c, s->previous, err);
	if (!st)
		st = root_show(c->out, root, err);
	if (!st)
		st = show_signing(c, previous, root, err);
	ota_root_free(previous);
	ota_root_free(root);
	ota_source_close(src);
	return st;
}

static const char stray[] = "this key makes no roots under this one: its signature counts only for "
			    "a root before it, which --previous names";

/* A signature that counts for nothing is no failure, but seldom what was meant. */
static ota_status warn_stray(struct cli *c, const ota_root *root, const ota_key *key, ota_err *err)
{
	const struct sign_opts *s = c->opts;
	ota_root *previous = NULL;
	ota_status st = s->previous ? root_load(&previous, c, s->previous, err) : OTA_OK;

	if (!st && !ota_root_role_has(root, 0, key) &&
		(!previous || !ota_root_role_has(previous, 0, key)))
		ota_report_add(c->rep, &(ota_finding){.size = sizeof(ota_finding),
					       .outcome = OTA_WARN,
					       .off = OTA_NO_OFF,
					       .subject = ota_key_id(key),
					       .text = stray});
	if (!st && !c->common.json)
		explain_report(c->rep, stderr, false);
	ota_root_free(previous);
	return st;
}

/* The document with the signature, in memory. */
static ota_status sign(ota_sink *mem, bool *root, struct cli *c, ota_source *src, ota_err *err)
{
	const struct sign_opts *s = c->opts;
	ota_signer *by = NULL;
	ota_root *r = NULL;
	ota_status st = key_open(&by, c, &s->key, &s->pass, err);

	if (!st)
		st = ota_err_in(
			err, ota_document_sign(&r, mem, c->ctx, src, by, err), "%s", c->args.v[0]);
	if (!st)
		st = ota_sink_commit(mem, err);
	if (!st) {
		out_str(c->out, "keyid", "Signed by", ota_key_id(ota_signer_key(by)));
		out_str(c->out, "scheme", "Scheme", ota_key_scheme(ota_signer_key(by)));
	}
	if (!st && r)
		st = warn_stray(c, r, ota_signer_key(by), err);
	*root = r != NULL;
	ota_root_free(r);
	ota_signer_close(by);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct sign_opts *s = c->opts;
	ota_sink *mem = NULL, *sink = NULL;
	ota_source *src = NULL;
	const uint8_t *p = NULL;
	size_t len = 0;
	bool root = false;
	ota_status st = pass_check(&s->pass, err);

	if (!st)
		st = io_create_over(&sink, c, &s->out, c->args.v[0], err);
	if (!st)
		st = io_open(&src, c, c->args.v[0], err);
	if (!st)
		st = ota_sink_memory(&mem, c->ctx, err);
	if (!st)
		st = sign(mem, &root, c, src, err);
	if (!st) {
		ota_sink_memory_bytes(mem, &p, &len);
		st = root ? show(c, p, len, err) : OTA_OK;
	}
	if (!st)
		st = ota_sink_write(sink, p, len, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st)
		out_str(c->out, "output", "Written", s->out.path ? s->out.path : c->args.v[0]);
	ota_source_close(src);
	ota_sink_close(mem);
	ota_sink_close(sink);
	return st;
}

static const char *const operands[] = {"ROOT|STOP", NULL};
static const char *const examples[] = {
	"otatool trust sign 1.root.json -k ana.key",
	"otatool trust sign 2.root.json -k ana.key --previous 1.root.json",
	NULL,
};

const struct verb verb_trust_sign = {
	.name = "trust sign",
	.group = "Trust",
	.summary = "sign a root of trust or a stop document",
	.synopsis = "ROOT|STOP -k KEY [--public PUB] [--previous ROOT] [-o OUT]",
	.operands = operands,
	.operands_min = 1,
	.options = options,
	.opts_size = sizeof(struct sign_opts),
	.run = run,
	.examples = examples,
};
