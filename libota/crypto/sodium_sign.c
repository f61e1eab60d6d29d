/* SPDX-License-Identifier: MIT */
#include <crypto/secret.h>

#include <string.h>

#include <sodium.h>

_Static_assert(ED25519_SEED_LEN == crypto_sign_SEEDBYTES, "seed");
_Static_assert(ED25519_SIG_LEN == crypto_sign_BYTES, "signature");

#define ED25519_PUB_LEN crypto_sign_PUBLICKEYBYTES

/* L - 1, where L is the order of the base point (RFC 8032 section 5.1), little-endian. */
static const uint8_t order_minus_one[32] = {0xec, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6,
	0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};

static ota_status key_pair(
	uint8_t pub[static ED25519_PUB_LEN], uint8_t **secret, const uint8_t *seed, ota_err *err)
{
	ota_status st;

	st = secret_alloc(secret, crypto_sign_SECRETKEYBYTES, err);
	if (st)
		return st;
	if (crypto_sign_seed_keypair(pub, *secret, seed) != 0)
		return ota_fail(err, OTA_E_CRYPTO, "libsodium cannot derive the public key");
	return OTA_OK;
}

ota_status ed25519_public(uint8_t pub[static 32], const uint8_t *seed, ota_err *err)
{
	uint8_t *secret = NULL;
	ota_status st;

	st = key_pair(pub, &secret, seed, err);
	secret_free(secret);
	return st;
}

ota_status ed25519_sign(uint8_t sig[static ED25519_SIG_LEN], const uint8_t *seed, const void *msg,
	size_t len, ota_err *err)
{
	uint8_t pub[ED25519_PUB_LEN];
	uint8_t *secret = NULL;
	ota_status st;

	st = key_pair(pub, &secret, seed, err);
	if (!st && crypto_sign_detached(sig, NULL, msg, len, secret) != 0)
		st = ota_fail(err, OTA_E_CRYPTO, "libsodium cannot sign");
	secret_free(secret);
	return st;
}

bool ed25519_verify(const uint8_t *sig, size_t sig_len, const void *msg, size_t len,
	const uint8_t pub[static 32])
{
	if (sig_len != ED25519_SIG_LEN)
		return false;
	return crypto_sign_verify_detached(sig, msg, len, pub) == 0;
}

/*
 * [L]P = 0 exactly if P has prime order, and exactly if [L-1]P = -P, which is P
 * with its sign bit turned. libsodium's own subgroup check is not relied on:
 * up to 1.0.20 it looks at one coordinate and lets points pass that are of
 * prime order plus the point of order two (CVE-2025-69277).
 */
bool ed25519_key_ok(const uint8_t pub[static 32])
{
	uint8_t want[ED25519_PUB_LEN], got[ED25519_PUB_LEN];

	if (crypto_core_ed25519_is_valid_point(pub) != 1)
		return false;
	if (crypto_scalarmult_ed25519_noclamp(got, order_minus_one, pub) != 0)
		return false;
	memcpy(want, pub, sizeof(want));
	want[31] ^= 0x80;
	return memcmp(got, want, sizeof(got)) == 0;
}
