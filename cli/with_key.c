/* SPDX-License-Identifier: MIT */
#include "with_key.h"

#include "with_io.h"

#include <string.h>

static const struct opt key_rows[] = {
	{'k', OPT_TEXT, "key", "KEY", "the secret key file that signs",
		offsetof(struct key_opts, ref), NULL},
	{0, OPT_FLAG, "allow-readable-key", NULL, "accept a key file that others can read",
		offsetof(struct key_opts, allow_readable), NULL},
	{0, OPT_FLAG, "allow-test-keys", NULL, "accept a published TEST-ONLY key",
		offsetof(struct key_opts, allow_test), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group key_group = {"Key", key_rows};

ota_status key_open(ota_signer **out, const struct cli *c, const struct key_opts *k,
	const struct pass_opts *pass, ota_err *err)
{
	struct pass ask = {pass, false};
	const ota_signer_options opt = {
		.size = sizeof(opt),
		.ask = pass_ask,
		.ask_arg = &ask,
		.allow_readable = k->allow_readable,
		.allow_test = k->allow_test,
	};
	ota_status st;

	if (!k->ref)
		return ota_fail(err, OTA_E_ARGUMENT, "name the secret key that signs with -k KEY");
	if (!strcmp(k->ref, "-"))
		return ota_fail(err, OTA_E_ARGUMENT,
			"-k takes a file: who else can read a secret key is checked");
	st = io_spare(c, k->ref, err);
	if (!st && pass->file)
		st = io_spare(c, pass->file, err);
	if (st)
		return st;
	pass_no_dumps();
	return ota_signer_open(out, c->ctx, k->ref, &opt, err);
}
