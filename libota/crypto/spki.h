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

#endif
