/* SPDX-License-Identifier: MIT */
#include "pass.h"
#include "verbs.h"
#include "with_io.h"
#include "with_pair.h"

struct import_opts {
	const char *name, *comment;
	unsigned scheme;
	bool plain;
	struct pass_opts pass;
};

static const struct opt rows[] = {
	{'o', OPT_TEXT, "output", "NAME", "make NAME.pub and, of a secret key, NAME.key",
		offsetof(struct import_opts, name), NULL},
	{0, OPT_TEXT, "comment", "TEXT", "stands in both files, such as 'release 2026'",
		offsetof(struct import_opts, comment), NULL},
	{0, OPT_CHOICE, "scheme", "SCHEME",
		"own (the key's; of an RSA key rsassa-pss-sha256), or the scheme it must have",
		offsetof(struct import_opts, scheme), pair_own_schemes},
	{0, OPT_FLAG, "no-passphrase", NULL, "store the secret unencrypted",
		offsetof(struct import_opts, plain), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&pass_group, offsetof(struct import_opts, pass)},
	{NULL, 0},
};

/* What is to be taken over: a file, or the public half of a key that stays on its token. */
struct origin {
	ota_source *src;
	ota_sink *pem;
};

static ota_status ask_token(
	struct origin *o, struct cli *c, const ota_import_options *opt, ota_err *err)
{
	const ota_signer_options how = {
		.size = sizeof(how),
		.ask = opt->open,
		.ask_arg = opt->open_arg,
		.allow_test = true,
		.scheme = opt->scheme,
	};
	const uint8_t *p = NULL;
	ota_signer *by = NULL;
	size_t len = 0;
	ota_status st = ota_signer_open(&by, c->ctx, c->args.v[0], &how, err);

	if (!st)
		st = ota_sink_memory(&o->pem, c->ctx, err);
	if (!st)
		st = ota_key_export(o->pem, ota_signer_key(by), err);
	if (!st)
		st = ota_sink_commit(o->pem, err);
	if (!st) {
		ota_sink_memory_bytes(o->pem, &p, &len);
		st = ota_source_memory(&o->src, c->ctx, p, len, err);
	}
	ota_signer_close(by);
	return st;
}

static void close_origin(struct origin *o)
{
	ota_source_close(o->src);
	ota_sink_close(o->pem);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct import_opts *k = c->opts;
	struct pass open = {&k->pass, false}, lock = {&k->pass, true};
	const ota_import_options opt = {
		.size = sizeof(opt),
		.comment = k->comment,
		.scheme = k->scheme ? pair_own_schemes[k->scheme] : NULL,
		.ask = k->plain ? NULL : pass_ask,
		.ask_arg = &lock,
		.open = pass_ask,
		.open_arg = &open,
	};
	struct pair pair = {.sink = {NULL, NULL}};
	struct origin from = {NULL, NULL};
	ota_key *pub = NULL;
	bool secret = false;
	ota_status st;

	st = pass_check(&k->pass, err);
	if (st)
		return st;
	pass_no_dumps();
	st = pair_open(&pair, c, k->name, err);
	if (!st)
		st = ota_signer_is_token(c->args.v[0]) ? ask_token(&from, c, &opt, err)
						       : io_open(&from.src, c, c->args.v[0], err);
	if (!st)
		st = ota_err_in(err,
			ota_key_import(pair.sink[0], pair.sink[1], &pub, &secret, c->ctx, from.src,
				&opt, err),
			"%s", c->args.v[0]);
	if (!st)
		st = pair_commit(&pair, secret, err);
	if (!st)
		pair_show(c->out, &pair, pub, secret, !k->plain);
	ota_key_free(pub);
	close_origin(&from);
	pair_close(&pair);
	return st;
}

static const char *const operands[] = {"FILE|pkcs11:URI", NULL};
static const char *const examples[] = {
	"otatool keygen import theirs.pem -o ours --passphrase-file pass.txt",
	"otatool keygen import 'pkcs11:token=release;object=firmware' -o key7 --passphrase-file "
	"pin.txt",
	NULL,
};

const struct verb verb_keygen_import = {
	.name = "keygen import",
	.group = "Keys",
	.summary = "take over a key of openssl or imgtool, of a certificate or a token",
	.synopsis = "FILE|pkcs11:URI -o NAME [--scheme SCHEME] [--comment TEXT] [--no-passphrase] "
		    "[--passphrase-fd N | --passphrase-file FILE | --passphrase-env NAME]",
	.operands = operands,
	.operands_min = 1,
	.operand = OPERAND_FILE,
	.options = options,
	.opts_size = sizeof(struct import_opts),
	.run = run,
	.examples = examples,
};
