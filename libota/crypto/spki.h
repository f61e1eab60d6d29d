/* SPDX-License-Identifier: MIT */
/*
 * A public key as SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7): what TUF and
 * everybody else's tools read. Each scheme and size has one frame of bytes
 * round the raw key.
 */
#ifndef CRYPTO_SPKI_H
#define CRYPTO_SPKI_H

#include <base/buf.h>
#include <crypto/key.h>

void spki_der(struct buf *out, const struct key *key);
/* The text of RFC 7468, with its last LF, as openssl writes it. */
void spki_pem(struct buf *out, const struct key *key);
/*
 * The key of that scheme in such a text, whose last LF may be missing. Only
 * what spki_pem writes is taken: one key has one text. malformed.key, key.weak.
 */
ota_status spki_read(struct key *out, const ota_ctx *ctx, enum key_scheme scheme, const char *pem,
	size_t len, ota_err *err);

#endif
