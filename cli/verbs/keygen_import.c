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
	ota_source *src = NULL;
	ota_key *pub = NULL;
	bool secret = false;
	ota_status st;

	st = pass_check(&k->pass, err);
	if (st)
		return st;
	pass_no_dumps();
	st = pair_open(&pair, c, k->name, err);
	if (!st)
		st = io_open(&src, c, c->args.v[0], err);
	if (!st)
		st = ota_err_in(err,
			ota_key_import(
				pair.sink[0], pair.sink[1], &pub, &secret, c->ctx, src, &opt, err),
			"%s", c->args.v[0]);
	if (!st)
		st = pair_commit(&pair, secret, err);
	if (!st)
		pair_show(c->out, &pair, pub, secret, !k->plain);
	ota_key_free(pub);
	ota_source_close(src);
	pair_close(&pair);
	return st;
}

static const char *const operands[] = {"FILE", NULL};
static const char *const examples[] = {
	"otatool keygen import theirs.pem -o ours --passphrase-file pass.txt",
	NULL,
};

const struct verb verb_keygen_import = {
	.name = "keygen import",
	.group = "Keys",
	.summary = "take over a key of openssl, imgtool or a certificate",
	.synopsis = "FILE -o NAME [--scheme SCHEME] [--comment TEXT] [--no-passphrase] "
		    "[--passphrase-fd N | --passphrase-file FILE | --passphrase-env NAME]",
	.operands = operands,
	.operands_min = 1,
	.operand = OPERAND_FILE,
	.options = options,
	.opts_size = sizeof(struct import_opts),
	.run = run,
	.examples = examples,
};
