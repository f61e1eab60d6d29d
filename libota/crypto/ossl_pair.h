/* SPDX-License-Identifier: MIT */
/* The secret halves of libcrypto's schemes, for pair.c. */
#ifndef CRYPTO_OSSL_PAIR_H
#define CRYPTO_OSSL_PAIR_H

#include <crypto/pair.h>
#include <crypto/scheme.h>

ota_status ossl_pair_make(uint8_t **secret, struct key *pub, const ota_ctx *ctx,
	const struct scheme *s, unsigned bits, ota_err *err);
/* len: the public half's; malformed.key for what is no secret of such a key. */
ota_status ossl_pair_public(uint8_t *raw, size_t len, const ota_ctx *ctx, const struct scheme *s,
	const uint8_t *secret, ota_err *err);
ota_status ossl_pair_sign(uint8_t sig[static SIG_MAX], size_t *sig_len, const ota_ctx *ctx,
	const struct key *pub, const uint8_t *secret, const void *msg, size_t len, ota_err *err);
/* The digest that the scheme signs, for a signer that takes nothing else; *len: its bytes. */
ota_status ossl_prehash(uint8_t out[static 64], size_t *len, const ota_ctx *ctx,
	const struct scheme *s, const void *msg, size_t msg_len, ota_err *err);
/* The DER of an ECDSA signature from r and s one after the other; signer.failed. */
ota_status ossl_join(uint8_t sig[static SIG_MAX], size_t *sig_len, const struct scheme *s,
	const uint8_t *rs, size_t len, ota_err *err);

#endif
