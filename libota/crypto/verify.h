/* SPDX-License-Identifier: MIT */
/* The one path by which any signature is verified: the scheme is the key's. */
#ifndef CRYPTO_VERIFY_H
#define CRYPTO_VERIFY_H

#include <crypto/key.h>

/* OTA_OK only for a good signature; signature.bad otherwise. */
ota_status verify_sig(const ota_ctx *ctx, const struct key *key, const uint8_t *sig, size_t sig_len,
	const void *msg, size_t len, ota_err *err);

#endif
