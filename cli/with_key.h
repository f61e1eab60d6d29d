/* SPDX-License-Identifier: MIT */
/* The secret key that signs. */
#ifndef CLI_WITH_KEY_H
#define CLI_WITH_KEY_H

#include "pass.h"
#include "verbs.h"

struct key_opts {
	const char *ref, *pub;
	bool allow_readable, allow_test;
};

extern const struct opt_group key_group; /* -k, --public, --allow-… */

/* A public key file. */
ota_status key_read_public(ota_key **out, const struct cli *c, const char *name, ota_err *err);

ota_status key_open(ota_signer **out, const struct cli *c, const struct key_opts *k,
	const struct pass_opts *pass, ota_err *err);

#endif
