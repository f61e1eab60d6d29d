/* SPDX-License-Identifier: MIT */
/* Secret keys between bytes and libcrypto. Only for ossl_*.c. */
#ifndef CRYPTO_OSSL_SECRET_H
#define CRYPTO_OSSL_SECRET_H

#include <crypto/ossl_key.h>
#include <crypto/pair.h>

/* Both halves of a key whose secret was proven; freed with EVP_PKEY_free. */
ota_status ossl_secret(EVP_PKEY **out, const ota_ctx *ctx, const struct key *pub,
	const uint8_t *secret, ota_err *err);
/* What libcrypto made or read, as bytes; checked as any key. *secret may be NULL: public half. */
ota_status ossl_take(uint8_t **secret, struct key *pub, const ota_ctx *ctx, const struct scheme *s,
	EVP_PKEY *pkey, ota_err *err);

#endif
