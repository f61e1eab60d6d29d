/* SPDX-License-Identifier: MIT */
/* libcrypto's private library context, one per ota_ctx. Only for ossl_*.c. */
#ifndef CRYPTO_OSSL_CTX_H
#define CRYPTO_OSSL_CTX_H

#include <openssl/types.h>

#include <base/ctx.h>

/* Made at first use, borrowed from ctx. Thread-safe. */
ota_status ossl_ctx(OSSL_LIB_CTX **out, const ota_ctx *ctx, ota_err *err);

#endif
