/* SPDX-License-Identifier: MIT */
#include "pass.h"
#include "verbs.h"
#include "with_io.h"
#include "with_key.h"

#include <string.h>

struct export_opts {
	const char *path;
	bool plain, allow_readable;
	struct pass_opts pass;
};

static const struct opt rows[] = {
	{'o', OPT_TEXT, "output", "FILE", "where the PEM goes; - is stdout, of a public key",
		offsetof(struct export_opts, path), NULL},
	{0, OPT_FLAG, "no-passphrase", NULL, "write the secret unencrypted",
		offsetof(struct export_opts, plain), NULL},
	{0, OPT_FLAG, "allow-readable-key", NULL, "accept a key file that others can read",
		offsetof(struct export_opts, allow_readable), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&pass_group, offsetof(struct export_opts, pass)},
	{NULL, 0},
};

static void show(struct cli *c, const ota_key *key, bool secret)
{
	const struct export_opts *k = c->opts;

	out_str(c->out, "keyid", "Key", ota_key_id(key));
	out_str(c->out, "scheme", "Scheme", ota_key_scheme(key));
	out_str(c->out, "output", "Written", k->path);
	if (secret)
		out_bool(c->out, "encrypted", "Encrypted", !k->plain);
}

static ota_status export_public(struct cli *c, const ota_key *key, ota_err *err)
{
	const struct export_opts *k = c->opts;
	const struct output_opts out = {k->path, false};
	ota_sink *sink = NULL;
	ota_status st = io_create(&sink, c, &out, err);

	if (!st)
		st = ota_key_export(sink, key, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st)
		show(c, key, false);
	ota_sink_close(sink);
	return st;
}

static ota_status export_secret(struct cli *c, ota_err *err)
{
	const struct export_opts *k = c->opts;
	const struct key_opts key = {
		.ref = c->args.v[0],
		.allow_readable = k->allow_readable,
		.allow_test = true,
	};
	const ota_file_options opt = {.size = sizeof(opt), .secret = true};
	struct pass lock = {&k->pass, true};
	ota_signer *by = NULL;
	ota_sink *sink = NULL;
	ota_status st;

	if (!strcmp(k->path, "-"))
		return ota_fail(err, OTA_E_ARGUMENT, "a secret goes to a file: -o FILE");
	st = ota_sink_file(&sink, c->ctx, k->path, &opt, err);
	if (!st)
		st = key_open(&by, c, &key, &k->pass, err);
	if (!st)
		st = ota_signer_export(sink, by, k->plain ? NULL : pass_ask, &lock, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st)
		show(c, ota_signer_key(by), true);
	ota_sink_close(sink);
	ota_signer_close(by);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct export_opts *k = c->opts;
	ota_source *src = NULL;
	ota_key *key = NULL;
	ota_status st = pass_check(&k->pass, err);

	if (!st && !k->path)
		st = ota_fail(err, OTA_E_ARGUMENT, "name the file with -o FILE");
	if (!st)
		st = io_open(&src, c, c->args.v[0], err);
	if (st)
		return st;
	st = ota_key_read(&key, c->ctx, src, err);
	ota_source_close(src);
	if (st && err->id == OTA_E_KEY_KIND) {
		*err = (ota_err)OTA_ERR_INIT;
		return export_secret(c, err);
	}
	if (st)
		return ota_err_in(err, st, "%s", c->args.v[0]);
	st = export_public(c, key, err);
	ota_key_free(key);
	return st;
}

static const char *const operands[] = {"KEY", NULL};
static const char *const examples[] = {
	"otatool keygen export new.pub -o new.pem",
	"otatool keygen export ci.key -o ci.pem --no-passphrase",
	NULL,
};

const struct verb verb_keygen_export = {
	.name = "keygen export",
	.group = "Keys",
	.summary = "write a key as PEM for openssl and other tools",
	.synopsis = "KEY -o FILE [--no-passphrase] [--allow-readable-key] "
		    "[--passphrase-fd N | --passphrase-file FILE | --passphrase-env NAME]",
	.operands = operands,
	.operands_min = 1,
	.operand = OPERAND_FILE,
	.options = options,
	.opts_size = sizeof(struct export_opts),
	.run = run,
	.examples = examples,
};
