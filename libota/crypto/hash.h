/* SPDX-License-Identifier: MIT */
/* Digests, by libcrypto in a private library context (ossl_hash.c). */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <base/digest.h>
#include <base/ctx.h>

#include <ota/io.h>

struct hash;

/* unsupported.algorithm for an unknown one. Reusable: hash_start begins anew. */
ota_status hash_new(struct hash **out, const ota_ctx *ctx, enum hash_alg alg, ota_err *err);
void hash_free(struct hash *h);
ota_status hash_start(struct hash *h, ota_err *err);
ota_status hash_update(struct hash *h, const void *p, size_t len, ota_err *err);
ota_status hash_final(struct hash *h, struct digest *out, ota_err *err);
/* One shot. */
ota_status hash_bytes(struct digest *out, const ota_ctx *ctx, enum hash_alg alg, const void *p,
	size_t len, ota_err *err);
/* From the source's position to its end; *total may be NULL. */
ota_status hash_source(struct digest *out, const ota_ctx *ctx, enum hash_alg alg, ota_source *src,
	uint64_t *total, ota_err *err);
/* len bytes from off of a seekable source. */
ota_status hash_range(struct digest *out, const ota_ctx *ctx, enum hash_alg alg, ota_source *src,
	uint64_t off, uint64_t len, ota_err *err);

#endif
