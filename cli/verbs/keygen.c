/* SPDX-License-Identifier: MIT */
#include "pass.h"
#include "verbs.h"
#include "with_pair.h"

struct keygen_opts {
	const char *name, *comment;
	unsigned scheme;
	struct opt_number bits;
	bool plain;
	struct pass_opts pass;
};

static const struct opt rows[] = {
	{'o', OPT_TEXT, "output", "NAME", "make NAME.key (secret) and NAME.pub (public)",
		offsetof(struct keygen_opts, name), NULL},
	{0, OPT_TEXT, "comment", "TEXT", "stands in both files, such as 'release 2026'",
		offsetof(struct keygen_opts, comment), NULL},
	{0, OPT_CHOICE, "scheme", "SCHEME",
		"ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, rsassa-pss-sha256, "
		"rsassa-pss-sha512",
		offsetof(struct keygen_opts, scheme), pair_schemes},
	{0, OPT_NUMBER, "bits", "N", "size of an RSA key: 3072 (default) or 4096",
		offsetof(struct keygen_opts, bits), NULL},
	{0, OPT_FLAG, "no-passphrase", NULL, "store the secret unencrypted",
		offsetof(struct keygen_opts, plain), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&pass_group, offsetof(struct keygen_opts, pass)},
	{NULL, 0},
};

static ota_status run(struct cli *c, ota_err *err)
{
	const struct keygen_opts *k = c->opts;
	struct pass ask = {&k->pass, true};
	const ota_keygen_options opt = {
		.size = sizeof(opt),
		.comment = k->comment,
		.ask = k->plain ? NULL : pass_ask,
		.ask_arg = &ask,
		.scheme = pair_schemes[k->scheme],
		.bits = (unsigned)k->bits.value,
	};
	struct pair pair = {.sink = {NULL, NULL}};
	ota_key *pub = NULL;
	ota_status st;

	st = pass_check(&k->pass, err);
	if (st)
		return st;
	if (k->plain && (k->pass.fd.given || k->pass.file || k->pass.env))
		return ota_fail(
			err, OTA_E_OPTION, "--no-passphrase and a passphrase exclude each other");
	if (k->bits.given && (k->bits.value < 1 || k->bits.value > 65536))
		return ota_fail(err, OTA_E_ARGUMENT, "an RSA key has 3072 or 4096 bits");
	pass_no_dumps();
	st = pair_open(&pair, c, k->name, err);
	if (st)
		goto out;
	st = ota_keygen(pair.sink[0], pair.sink[1], &pub, c->ctx, &opt, err);
	if (st)
		goto out;
	st = pair_commit(&pair, true, err);
	if (st)
		goto out;
	pair_show(c->out, &pair, pub, true, !k->plain);
out:
	ota_key_free(pub);
	pair_close(&pair);
	return st;
}

static const char *const examples[] = {
	"otatool keygen -o new --comment 'release 2026' --passphrase-file pass.txt",
	"otatool keygen -o ci --no-passphrase",
	"otatool keygen -o hsm --scheme ecdsa-sha2-nistp256 --no-passphrase",
	NULL,
};

const struct verb verb_keygen = {
	.name = "keygen",
	.group = "Keys",
	.summary = "make a pair of keys that sign and verify packages",
	.synopsis = "-o NAME [--scheme SCHEME] [--bits N] [--comment TEXT] [--no-passphrase | "
		    "--passphrase-fd N | "
		    "--passphrase-file FILE | --passphrase-env NAME]",
	.operand = OPERAND_NONE,
	.options = options,
	.opts_size = sizeof(struct keygen_opts),
	.run = run,
	.examples = examples,
};
