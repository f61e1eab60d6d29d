/* SPDX-License-Identifier: MIT */
/* Signature schemes: one row each, exactly one implementation each. */
#ifndef CRYPTO_SCHEME_H
#define CRYPTO_SCHEME_H

#include <crypto/key.h>

struct scheme {
	enum key_scheme id;
	const char *name;    /* TUF's */
	const char *keytype; /* TUF's */
	const char *family;  /* of key material: schemes that share keys share it */
	const char *group;   /* of an ECDSA key, by libcrypto's name */
	const char *hash;    /* of what is signed, by libcrypto's name; NULL: libsodium's scheme */
	size_t raw_len[2];
	/* raw has one of the two lengths; key.weak */
	ota_status (*check)(const ota_ctx *ctx, const struct scheme *s, const uint8_t *raw,
		size_t len, ota_err *err);
	/* OTA_OK only for a good signature; signature.bad */
	ota_status (*verify)(const ota_ctx *ctx, const struct key *key, const uint8_t *sig,
		size_t sig_len, const void *msg, size_t len, ota_err *err);
};

/* NULL when there is none. */
const struct scheme *scheme_find(enum key_scheme id);
const struct scheme *scheme_by_name(const char *name);

/* The rows of libcrypto: ECDSA on the NIST curves, RSA-PSS (ossl_verify.c). */
ota_status ossl_check(
	const ota_ctx *ctx, const struct scheme *s, const uint8_t *raw, size_t len, ota_err *err);
ota_status ossl_verify(const ota_ctx *ctx, const struct key *key, const uint8_t *sig,
	size_t sig_len, const void *msg, size_t len, ota_err *err);

#endif
