/* SPDX-License-Identifier: MIT */
#include <ota/sign.h>

#include <string.h>

#include <sign/keyfile.h>
#include <sign/signer.h>

static ota_status make_pair(
	ota_key **pub, uint8_t *seed, const ota_ctx *ctx, const char *comment, ota_err *err)
{
	uint8_t raw[KEY_RAW_MAX];
	struct key key;
	ota_status st;

	secret_random(seed, ED25519_SEED_LEN);
	st = ed25519_public(raw, seed, err);
	if (!st)
		st = key_init(&key, ctx, KEY_ED25519, raw, ED25519_SEED_LEN, err);
	if (!st)
		st = key_make(pub, ctx, &key, comment, err);
	return st;
}

static ota_status write_secret(ota_sink *dst, const ota_key *key, const uint8_t *seed,
	const ota_keygen_options *opt, ota_err *err)
{
	struct keyfile_lock lock = {NULL, 0, KEYFILE_KDF_PASSES, KEYFILE_KDF_MEM};
	uint8_t *pass = NULL;
	ota_status st;

	if (opt->ask == NULL)
		return keyfile_write(dst, key, seed, NULL, err);
	st = passphrase_ask(&pass, &lock.pass_len, opt->ask, opt->ask_arg, "the new key", err);
	/* An empty one would look like protection. */
	if (!st && lock.pass_len == 0)
		st = ota_fail(err, OTA_E_PASSPHRASE, "the passphrase is empty");
	lock.pass = pass;
	if (!st)
		st = keyfile_write(dst, key, seed, &lock, err);
	secret_free(pass);
	return st;
}

ota_status ota_keygen(ota_sink *secret_file, ota_sink *public_file, ota_key **pub,
	const ota_ctx *ctx, const ota_keygen_options *opt, ota_err *err)
{
	static const ota_keygen_options bare = {.size = sizeof(bare)};
	const ota_keygen_options *o = opt != NULL ? opt : &bare;
	uint8_t *seed = NULL;
	ota_key *key = NULL;
	ota_status st;

	if (o->comment != NULL && !key_comment_ok(o->comment, strlen(o->comment)))
		return ota_fail(err, OTA_E_ARGUMENT, "the comment is not " KEY_COMMENT_RULE);
	st = secret_alloc(&seed, ED25519_SEED_LEN, err);
	if (!st)
		st = make_pair(&key, seed, ctx, o->comment, err);
	if (!st)
		st = write_secret(secret_file, key, seed, o, err);
	if (!st)
		st = ota_key_write(public_file, key, err);
	if (!st && pub != NULL) {
		*pub = key;
		key = NULL;
	}
	ota_key_free(key);
	secret_free(seed);
	return st;
}
