/* SPDX-License-Identifier: MIT */
/* Key ids: SHA-256 of the canonical JSON of TUF's key object (formats/trust.md section 1). */
#ifndef TRUST_KEYID_H
#define TRUST_KEYID_H

#include <ota/key.h>

#include <base/buf.h>
#include <crypto/key.h>

#define KEY_COMMENT_MAX  200
#define KEY_COMMENT_RULE "at most 200 bytes of printable ASCII words joined by single spaces"

/* The struct behind ota_key. */
struct ota_key {
	const ota_ctx *ctx;
	struct key key;
	struct digest material;
	char id[OTA_KEYID_HEX + 1];
	char comment[KEY_COMMENT_MAX + 1];
};

ota_status keyid_of(
	char id[OTA_KEYID_HEX + 1], const ota_ctx *ctx, const struct key *key, ota_err *err);
/* The public half as TUF writes it: Ed25519 in hex, the others as PEM. Appends. */
void key_put_public(struct buf *out, const struct key *key);
/* Fills *k, where no owner of memory is: id and material of a key that key_init checked. */
ota_status key_fill(
	ota_key *k, const ota_ctx *ctx, const struct key *key, const char *comment, ota_err *err);
/* Computes id and material of a key that key_init checked. comment may be NULL. */
ota_status key_make(ota_key **out, const ota_ctx *ctx, const struct key *key, const char *comment,
	ota_err *err);
/* The comment grammar of keys and signature lines: words of %x21-7E, single spaces. */
bool key_comment_ok(const char *comment, size_t len);

#endif
