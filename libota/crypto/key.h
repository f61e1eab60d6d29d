/* SPDX-License-Identifier: MIT */
/* A public key as a value: scheme and raw bytes, checked when made. */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include <base/digest.h>
#include <base/ctx.h>

enum key_scheme {
	KEY_NONE,
	KEY_ED25519,
	KEY_ECDSA_P256,
	KEY_ECDSA_P384,
	KEY_RSA_PSS_SHA256,
	KEY_RSA_PSS_SHA512
};

#define KEY_RAW_MAX 512 /* RSA of 4096 bits */
#define SIG_MAX     512

struct key {
	enum key_scheme scheme;
	size_t len;
	uint8_t raw[KEY_RAW_MAX]; /* 32 bytes; uncompressed point; modulus */
};

/* Load checks of formats/trust.md section 1: key.weak where anybody could forge. */
ota_status key_init(struct key *out, const ota_ctx *ctx, enum key_scheme scheme, const uint8_t *raw,
	size_t len, ota_err *err);
/* TUF's name; NULL for KEY_NONE. */
const char *key_scheme_name(enum key_scheme scheme);
enum key_scheme key_scheme_by_name(const char *name);
/* SHA-256("otap-material-v1\0" ‖ family ‖ "\0" ‖ raw): what signatures are counted by. */
ota_status key_material(
	struct digest *out, const ota_ctx *ctx, const struct key *key, ota_err *err);

#endif
