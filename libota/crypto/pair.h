/* SPDX-License-Identifier: MIT */
/*
 * The secret half of a key, in guarded memory: made, proven to belong to its
 * public half, used. Only where signatures are made.
 */
#ifndef CRYPTO_PAIR_H
#define CRYPTO_PAIR_H

#include <crypto/secret.h>

/*
 * Bytes of the secret that belongs to a public key: Ed25519's seed, ECDSA's
 * number, RSA's two primes of equal length one after the other, big-endian.
 */
#define PAIR_SECRET_MAX KEY_RAW_MAX
size_t pair_secret_len(const struct key *pub);

/* A new pair; bits: of RSA, 3072 or 4096. *secret is freed with secret_free. */
ota_status pair_make(uint8_t **secret, struct key *pub, const ota_ctx *ctx, enum key_scheme scheme,
	unsigned bits, ota_err *err);
/* The public half; malformed.key for what is no secret. len: one that the scheme has. */
ota_status pair_public(struct key *out, const ota_ctx *ctx, enum key_scheme scheme,
	const uint8_t *secret, size_t len, ota_err *err);
/* key.mismatch unless pub is the public half of its pair_secret_len bytes. */
ota_status pair_prove(
	const ota_ctx *ctx, const struct key *pub, const uint8_t *secret, ota_err *err);
/* The answer is not yet verified. */
ota_status pair_sign(uint8_t sig[static SIG_MAX], size_t *sig_len, const ota_ctx *ctx,
	const struct key *pub, const uint8_t *secret, const void *msg, size_t len, ota_err *err);

#endif
