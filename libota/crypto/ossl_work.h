/* SPDX-License-Identifier: MIT */
/* A bound on what opening a key of others costs. Only for ossl_*.c. */
#ifndef CRYPTO_OSSL_WORK_H
#define CRYPTO_OSSL_WORK_H

#include <base/ctx.h>

/* limit.kdf for an encrypted PKCS #8, PEM or DER, that asks for too much; anything else is fine. */
ota_status ossl_work_check(const uint8_t *p, size_t len, ota_err *err);

#endif
