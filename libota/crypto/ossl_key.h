/* SPDX-License-Identifier: MIT */
/* libcrypto's view of keys. Only for ossl_*.c. */
#ifndef CRYPTO_OSSL_KEY_H
#define CRYPTO_OSSL_KEY_H

#include <openssl/types.h>

#include <crypto/scheme.h>

/*
 * Why libcrypto failed: memory.exhausted, or else id with "libcrypto cannot …".
 * Empties this thread's queue of libcrypto's errors.
 */
ota_status ossl_failed(ota_err *err, ota_id id, const char *what);
/*
 * The same for a verdict: id only where libcrypto complains of the input or, where
 * a refusal may be silent, of nothing; crypto.failed where it could not judge.
 */
ota_status ossl_refused(ota_err *err, ota_id id, bool silent, const char *what);
/* Freed with EVP_PKEY_free; key.weak for what is no point of its curve. */
ota_status ossl_public(EVP_PKEY **out, const ota_ctx *ctx, const struct scheme *s,
	const uint8_t *raw, size_t len, ota_err *err);
/* One EVP_PKEY from parameters. NULL with libcrypto's errors queued. */
EVP_PKEY *ossl_from_params(
	OSSL_LIB_CTX *lib, const struct scheme *s, int selection, OSSL_PARAM *params);
/* What a started signature or verification needs for RSA-PSS; nothing for ECDSA. */
bool ossl_padding(EVP_PKEY_CTX *pctx, const struct scheme *s);

#endif
