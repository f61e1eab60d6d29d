/* SPDX-License-Identifier: MIT */
#include <crypto/pair.h>

#include <assert.h>
#include <string.h>

#include <crypto/ossl_pair.h>
#include <crypto/scheme.h>

size_t pair_secret_len(const struct key *pub)
{
	const struct scheme *s = scheme_find(pub->scheme);

	return s->group != NULL ? (pub->len - 1) / 2 : pub->len;
}

static bool by_sodium(enum key_scheme scheme)
{
	return scheme_find(scheme)->hash == NULL;
}

ota_status pair_public(struct key *out, const ota_ctx *ctx, enum key_scheme scheme,
	const uint8_t *secret, size_t len, ota_err *err)
{
	const struct scheme *s = scheme_find(scheme);
	size_t raw_len = s->group != NULL ? 2 * len + 1 : len;
	uint8_t raw[KEY_RAW_MAX];
	ota_status st;

	assert(raw_len == s->raw_len[0] || raw_len == s->raw_len[1]);
	st = by_sodium(scheme) ? ed25519_public(raw, secret, err)
			       : ossl_pair_public(raw, raw_len, ctx, s, secret, err);
	return st ? st : key_init(out, ctx, scheme, raw, raw_len, err);
}

static ota_status make_seed(uint8_t **secret, struct key *pub, const ota_ctx *ctx, ota_err *err)
{
	uint8_t *seed = NULL;
	ota_status st;

	st = secret_alloc(&seed, ED25519_SEED_LEN, err);
	if (st)
		return st;
	secret_random(seed, ED25519_SEED_LEN);
	st = pair_public(pub, ctx, KEY_ED25519, seed, ED25519_SEED_LEN, err);
	if (st)
		secret_free(seed);
	else
		*secret = seed;
	return st;
}

ota_status pair_make(uint8_t **secret, struct key *pub, const ota_ctx *ctx, enum key_scheme scheme,
	unsigned bits, ota_err *err)
{
	if (by_sodium(scheme))
		return make_seed(secret, pub, ctx, err);
	return ossl_pair_make(secret, pub, ctx, scheme_find(scheme), bits, err);
}

ota_status pair_prove(
	const ota_ctx *ctx, const struct key *pub, const uint8_t *secret, ota_err *err)
{
	struct key own;
	ota_status st = pair_public(&own, ctx, pub->scheme, secret, pair_secret_len(pub), err);

	if (!st && memcmp(own.raw, pub->raw, pub->len) != 0)
		st = ota_fail(err, OTA_E_KEY_MISMATCH,
			"the secret in the key file is not that of its public half");
	return st;
}

ota_status pair_sign(uint8_t sig[static SIG_MAX], size_t *sig_len, const ota_ctx *ctx,
	const struct key *pub, const uint8_t *secret, const void *msg, size_t len, ota_err *err)
{
	ota_status st;

	if (!by_sodium(pub->scheme))
		return ossl_pair_sign(sig, sig_len, ctx, pub, secret, msg, len, err);
	st = ed25519_sign(sig, secret, msg, len, err);
	if (!st)
		*sig_len = ED25519_SIG_LEN;
	return st;
}
