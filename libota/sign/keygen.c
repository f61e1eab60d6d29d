/* SPDX-License-Identifier: MIT */
#include <ota/sign.h>

#include <string.h>

#include <sign/keyfile.h>
#include <sign/signer.h>

#define RSA_BITS 3072U

static ota_status check_options(
	enum key_scheme *scheme, const ota_keygen_options *opt, ota_err *err)
{
	bool rsa;

	if (opt->comment != NULL && !key_comment_ok(opt->comment, strlen(opt->comment)))
		return ota_fail(err, OTA_E_ARGUMENT, "the comment is not " KEY_COMMENT_RULE);
	*scheme = opt->scheme != NULL ? key_scheme_by_name(opt->scheme) : KEY_ED25519;
	if (*scheme == KEY_NONE)
		return ota_fail(err, OTA_E_ALG, "key scheme `%s` is unknown", opt->scheme);
	rsa = *scheme == KEY_RSA_PSS_SHA256 || *scheme == KEY_RSA_PSS_SHA512;
	if (opt->bits != 0 && !rsa)
		return ota_fail(
			err, OTA_E_ARGUMENT, "a key of %s has one size", key_scheme_name(*scheme));
	if (opt->bits != 0 && opt->bits != RSA_BITS && opt->bits != 8 * KEY_RAW_MAX)
		return ota_fail(err, OTA_E_ARGUMENT, "an RSA key has %u or %u bits", RSA_BITS,
			8 * KEY_RAW_MAX);
	return OTA_OK;
}

ota_status ota_keygen(ota_sink *secret_file, ota_sink *public_file, ota_key **pub,
	const ota_ctx *ctx, const ota_keygen_options *opt, ota_err *err)
{
	static const ota_keygen_options bare = {.size = sizeof(bare)};
	const ota_keygen_options *o = opt != NULL ? opt : &bare;
	enum key_scheme scheme = KEY_NONE;
	uint8_t *secret = NULL;
	ota_key *key = NULL;
	struct key raw;
	ota_status st;

	st = check_options(&scheme, o, err);
	if (!st)
		st = pair_make(&secret, &raw, ctx, scheme, o->bits != 0 ? o->bits : RSA_BITS, err);
	if (!st)
		st = key_make(&key, ctx, &raw, o->comment, err);
	if (!st)
		st = secret_store(secret_file, key, secret, o->ask, o->ask_arg, err);
	if (!st)
		st = ota_key_write(public_file, key, err);
	if (!st && pub != NULL) {
		*pub = key;
		key = NULL;
	}
	ota_key_free(key);
	secret_free(secret);
	return st;
}
