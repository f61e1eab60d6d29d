/* SPDX-License-Identifier: MIT */
#include "show_package.h"
#include "verbs.h"
#include "with_io.h"
#include "with_key.h"

struct export_opts {
	struct key_opts key;
	struct pass_opts pass;
	struct output_opts out;
	bool dsse;
};

static const struct opt rows[] = {
	{0, OPT_FLAG, "dsse", NULL, "as SLSA provenance in a signed DSSE envelope, which is JSON",
		offsetof(struct export_opts, dsse), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Form", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&key_group, offsetof(struct export_opts, key)},
	{&output_group, offsetof(struct export_opts, out)},
	{&pass_group, offsetof(struct export_opts, pass)},
	{NULL, 0},
};

static ota_status write_dsse(
	ota_sink *sink, ota_signer **by, struct cli *c, ota_source *src, ota_err *err)
{
	const struct export_opts *x = c->opts;
	ota_status st = key_open(by, c, &x->key, &x->pass, err);

	if (!st)
		st = ota_pkg_export_dsse(sink, c->ctx, src, *by, c->rep, err);
	return st ? ota_err_in(err, st, "%s", c->args.v[0]) : io_commit(sink, err);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct export_opts *x = c->opts;
	struct io_file in = {.src = NULL};
	ota_signer *by = NULL;
	ota_sink *sink = NULL;
	ota_status st;

	if (!x->dsse)
		return ota_fail(err, OTA_E_ARGUMENT, "say in which form: --dsse");
	st = pass_check(&x->pass, err);
	if (!st)
		st = io_open_file(&in, c, c->args.v[0], err);
	if (!st)
		st = io_create(&sink, c, &x->out, err);
	if (!st)
		st = write_dsse(sink, &by, c, in.src, err);
	if (!st) {
		out_str(c->out, "output", "Written", x->out.path);
		out_str(c->out, "keyid", "Signed by", ota_key_id(ota_signer_key(by)));
		out_str(c->out, "scheme", "Scheme", ota_key_scheme(ota_signer_key(by)));
	}
	ota_sink_close(sink);
	ota_signer_close(by);
	io_close_file(&in);
	return st;
}

static const char *const operands[] = {"PKG.otap|HEAD", NULL};
static const char *const examples[] = {
	"otatool export built.otap --dsse -k rel.key -o provenance.dsse.json",
	NULL,
};

const struct verb verb_export = {
	.name = "export",
	.group = "Sign",
	.summary = "say for the tools of others what a package was built from",
	.synopsis = "PKG.otap|HEAD --dsse -k KEY [--public PUB] [-o FILE]",
	.operands = operands,
	.operands_min = 1,
	.options = options,
	.opts_size = sizeof(struct export_opts),
	.run = run,
	.examples = examples,
};
