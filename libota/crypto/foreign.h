/* SPDX-License-Identifier: MIT */
/* Keys as other programs keep them. Only where keys are made. */
#ifndef CRYPTO_FOREIGN_H
#define CRYPTO_FOREIGN_H

#include <ota/sign.h>

#include <crypto/key.h>

/*
 * PEM or DER: PKCS #8 or what openssl wrote before it, encrypted or not;
 * SubjectPublicKeyInfo; an X.509 certificate, of which nothing but the key is
 * looked at. scheme: of an RSA key; another key must have it unless KEY_NONE.
 * *secret, to be freed with secret_free, is NULL for a public half.
 */
ota_status foreign_read(uint8_t **secret, struct key *pub, const ota_ctx *ctx,
	enum key_scheme scheme, const uint8_t *p, size_t len, ota_ask_fn *ask, void *arg,
	ota_err *err);
/* PKCS #8 as PEM, to be freed with secret_free; pass NULL: not encrypted. */
ota_status foreign_write(uint8_t **pem, size_t *pem_len, const ota_ctx *ctx, const struct key *pub,
	const uint8_t *secret, const uint8_t *pass, size_t pass_len, ota_err *err);

#endif
