/* SPDX-License-Identifier: MIT */
#include "pass.h"
#include "verbs.h"
#include "with_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct keygen_opts {
	const char *name, *comment;
	unsigned scheme;
	struct opt_number bits;
	bool plain;
	struct pass_opts pass;
};

static const char *const schemes[] = {"ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
	"rsassa-pss-sha256", "rsassa-pss-sha512", NULL};

static const struct opt rows[] = {
	{'o', OPT_TEXT, "output", "NAME", "make NAME.key (secret) and NAME.pub (public)",
		offsetof(struct keygen_opts, name), NULL},
	{0, OPT_TEXT, "comment", "TEXT", "stands in both files, such as 'release 2026'",
		offsetof(struct keygen_opts, comment), NULL},
	{0, OPT_CHOICE, "scheme", "SCHEME",
		"ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, rsassa-pss-sha256, "
		"rsassa-pss-sha512",
		offsetof(struct keygen_opts, scheme), schemes},
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

struct pair {
	char *path[2]; /* .key, .pub */
	ota_sink *sink[2];
};

static ota_status open_pair(struct pair *p, const struct cli *c, const char *name, ota_err *err)
{
	static const char *const ends[] = {".key", ".pub"};
	ota_status st = OTA_OK;

	for (int i = 0; i < 2; i++)
		if (asprintf(&p->path[i], "%s%s", name, ends[i]) < 0)
			p->path[i] = NULL;
	for (int i = 0; !st && i < 2; i++) {
		const ota_file_options opt = {.size = sizeof(opt), .secret = i == 0};

		st = p->path[i] ? ota_sink_file(&p->sink[i], c->ctx, p->path[i], &opt, err)
				: ota_fail_nomem(err);
	}
	if (st && err->id == OTA_E_EXISTS)
		st = ota_err_in(err, st, "a key is never replaced");
	return st;
}

/* Both or neither: a public half that cannot be stored takes the secret one with it. */
static ota_status commit_pair(struct pair *p, ota_err *err)
{
	ota_status st = io_commit(p->sink[0], err);

	if (st)
		return st;
	st = ota_sink_commit(p->sink[1], err);
	if (st)
		unlink(p->path[0]);
	return st;
}

static void close_pair(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		ota_sink_close(p->sink[i]);
		free(p->path[i]);
	}
}

static void show(struct out *o, const struct pair *p, const ota_key *pub, bool plain)
{
	out_str(o, "keyid", "Key", ota_key_id(pub));
	out_str(o, "scheme", "Scheme", ota_key_scheme(pub));
	out_str(o, "secret", "Secret half", p->path[0]);
	out_str(o, "public", "Public half", p->path[1]);
	out_bool(o, "encrypted", "Encrypted", !plain);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct keygen_opts *k = c->opts;
	struct pass ask = {&k->pass, true};
	const ota_keygen_options opt = {
		.size = sizeof(opt),
		.comment = k->comment,
		.ask = k->plain ? NULL : pass_ask,
		.ask_arg = &ask,
		.scheme = schemes[k->scheme],
		.bits = (unsigned)k->bits.value,
	};
	struct pair pair = {{NULL, NULL}, {NULL, NULL}};
	ota_key *pub = NULL;
	ota_status st;

	if (!k->name || !strcmp(k->name, "-"))
		return ota_fail(err, OTA_E_ARGUMENT, "name the pair with -o NAME");
	st = pass_check(&k->pass, err);
	if (st)
		return st;
	if (k->plain && (k->pass.fd.given || k->pass.file || k->pass.env))
		return ota_fail(
			err, OTA_E_OPTION, "--no-passphrase and a passphrase exclude each other");
	if (k->bits.given && (k->bits.value < 1 || k->bits.value > 65536))
		return ota_fail(err, OTA_E_ARGUMENT, "an RSA key has 3072 or 4096 bits");
	pass_no_dumps();
	st = open_pair(&pair, c, k->name, err);
	if (st)
		goto out;
	st = ota_keygen(pair.sink[0], pair.sink[1], &pub, c->ctx, &opt, err);
	if (st)
		goto out;
	st = commit_pair(&pair, err);
	if (st)
		goto out;
	show(c->out, &pair, pub, k->plain);
out:
	ota_key_free(pub);
	close_pair(&pair);
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
