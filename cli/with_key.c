/* SPDX-License-Identifier: MIT */
#include "with_key.h"

#include "with_io.h"
#include "with_program.h"

#include <string.h>

static const struct opt key_rows[] = {
	{'k', OPT_TEXT, "key", "KEY", "what signs: a secret key file, pkcs11:... or cmd:PROGRAM",
		offsetof(struct key_opts, ref), NULL},
	{0, OPT_TEXT, "public", "PUB", "with -k cmd: or pkcs11: the public key that it signs for",
		offsetof(struct key_opts, pub), NULL},
	{0, OPT_FLAG, "allow-readable-key", NULL, "accept a key file that others can read",
		offsetof(struct key_opts, allow_readable), NULL},
	{0, OPT_FLAG, "allow-test-keys", NULL, "accept a published TEST-ONLY key",
		offsetof(struct key_opts, allow_test), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group key_group = {"Key", key_rows};

#define PROGRAM "cmd:"

static bool is_program(const struct key_opts *k)
{
	return k->ref && !strncmp(k->ref, PROGRAM, strlen(PROGRAM));
}

ota_status key_read_public(ota_key **out, const struct cli *c, const char *name, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = io_open(&src, c, name, err);

	if (!st)
		st = ota_err_in(err, ota_key_read(out, c->ctx, src, err), "%s", name);
	ota_source_close(src);
	return st;
}

static ota_status open_program(ota_signer **out, const struct cli *c, const struct key_opts *k,
	const struct pass_opts *pass, ota_err *err)
{
	const ota_signer_options opt = {.size = sizeof(opt), .allow_test = k->allow_test};
	const char *program = k->ref + strlen(PROGRAM);
	ota_key *pub = NULL;
	ota_status st;

	if (!*program || !k->pub)
		return ota_fail(err, OTA_E_ARGUMENT,
			"say -k " PROGRAM "PROGRAM --public PUB: which program, and for which key "
			"it signs");
	if (pass->fd.given || pass->file || pass->env)
		return ota_fail(err, OTA_E_OPTION,
			"the program unlocks its key itself: there is no passphrase to give");
	st = key_read_public(&pub, c, k->pub, err);
	if (!st)
		st = ota_signer_external(
			out, c->ctx, pub, program_sign, (void *)program, &opt, err);
	ota_key_free(pub);
	return st;
}

/* A file: nothing may replace it, and it is no pipe. */
static ota_status check_file(const struct cli *c, const struct key_opts *k, ota_err *err)
{
	if (k->pub)
		return ota_fail(err, OTA_E_OPTION,
			"--public goes with -k " PROGRAM "PROGRAM and -k pkcs11:");
	if (!strcmp(k->ref, "-"))
		return ota_fail(err, OTA_E_ARGUMENT,
			"-k takes a file: who else can read a secret key is checked");
	return io_spare(c, k->ref, err);
}

ota_status key_open(ota_signer **out, const struct cli *c, const struct key_opts *k,
	const struct pass_opts *pass, ota_err *err)
{
	struct pass ask = {pass, false};
	ota_signer_options opt = {
		.size = sizeof(opt),
		.ask = pass_ask,
		.ask_arg = &ask,
		.allow_readable = k->allow_readable,
		.allow_test = k->allow_test,
	};
	ota_key *pub = NULL;
	ota_status st;

	if (!k->ref)
		return ota_fail(err, OTA_E_ARGUMENT, "name the secret key that signs with -k KEY");
	if (is_program(k))
		return open_program(out, c, k, pass, err);
	if (!ota_signer_is_token(k->ref))
		st = check_file(c, k, err);
	else
		st = k->pub ? key_read_public(&pub, c, k->pub, err) : OTA_OK;
	if (!st && pass->file)
		st = io_spare(c, pass->file, err);
	opt.pub = pub;
	pass_no_dumps();
	if (!st)
		st = ota_signer_open(out, c->ctx, k->ref, &opt, err);
	ota_key_free(pub);
	return st;
}
