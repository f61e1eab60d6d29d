/* SPDX-License-Identifier: MIT */
/*
 * Secrets: guarded, locked, wiped memory (libsodium's), the signing half of a
 * key, and the passphrase box of secret key files.
 */
#ifndef CRYPTO_SECRET_H
#define CRYPTO_SECRET_H

#include <crypto/key.h>

/* Guarded memory, wiped by secret_free; NULL is fine there. Needs an ota_ctx to have been made. */
ota_status secret_alloc(uint8_t **out, size_t len, ota_err *err);
void secret_free(uint8_t *p);
void secret_random(uint8_t *out, size_t len);
/* As text_base64 and text_unbase64, for secrets: constant time, no copy is left behind. */
size_t secret_base64(uint8_t *out, size_t cap, const uint8_t *p, size_t len); /* a NUL follows */
bool secret_unbase64(uint8_t *out, size_t len, const char *s, size_t s_len);  /* exactly len */

#define ED25519_SEED_LEN 32
#define ED25519_SIG_LEN  64

/* The public half of a seed. */
ota_status ed25519_public(uint8_t pub[static 32], const uint8_t *seed, ota_err *err);
/* The public half is always derived anew, so a wrong one cannot leak the key. */
ota_status ed25519_sign(uint8_t sig[static ED25519_SIG_LEN], const uint8_t *seed, const void *msg,
	size_t len, ota_err *err);
bool ed25519_verify(const uint8_t *sig, size_t sig_len, const void *msg, size_t len,
	const uint8_t pub[static 32]);
/* Canonical, on the curve, of the prime order subgroup. */
bool ed25519_key_ok(const uint8_t pub[static 32]);

#define BOX_SALT_LEN  16
#define BOX_NONCE_LEN 24
#define BOX_KEY_LEN   32
#define BOX_TAG_LEN   16

/* Argon2id 1.3; limit.kdf above 1 GiB or 10 passes. key: guarded memory. */
ota_status box_kdf(uint8_t *key, const uint8_t *pass, size_t pass_len,
	const uint8_t salt[static BOX_SALT_LEN], uint64_t passes, uint64_t mem_bytes, ota_err *err);
/* XChaCha20-Poly1305-IETF; out has len + BOX_TAG_LEN bytes. */
ota_status box_seal(uint8_t *out, const uint8_t *msg, size_t len, const void *ad, size_t ad_len,
	const uint8_t nonce[static BOX_NONCE_LEN], const uint8_t *key, ota_err *err);
/* out has len - BOX_TAG_LEN bytes; passphrase.wrong when it does not open. */
ota_status box_open(uint8_t *out, const uint8_t *box, size_t len, const void *ad, size_t ad_len,
	const uint8_t nonce[static BOX_NONCE_LEN], const uint8_t *key, ota_err *err);

#endif
