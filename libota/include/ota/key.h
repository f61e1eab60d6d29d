/* SPDX-License-Identifier: MIT */
/*
 * Public keys: schemes, ids, files. A key binds its scheme; it is refused when
 * it is loaded if anybody could forge for it. Keys are immutable
 * and may be shared between threads. Format: formats/trust.md section 1.
 */
#ifndef OTA_KEY_H
#define OTA_KEY_H

#include <ota/io.h>

typedef struct ota_key ota_key;

#define OTA_KEYID_HEX 64

/* Read a public key file. usage.key_kind when it is the secret half. */
OTA_API OTA_MUST_CHECK ota_status ota_key_read(
	ota_key **out, const ota_ctx *ctx, ota_source *src, ota_err *err);
/* Write the public key file (canonical bytes). */
OTA_API OTA_MUST_CHECK ota_status ota_key_write(ota_sink *dst, const ota_key *key, ota_err *err);
/* The same key as SubjectPublicKeyInfo, PEM: what openssl reads. */
OTA_API OTA_MUST_CHECK ota_status ota_key_export(ota_sink *dst, const ota_key *key, ota_err *err);
OTA_API void ota_key_free(ota_key *key);

/* TUF's name, such as "ed25519"; static storage. */
OTA_API const char *ota_key_scheme(const ota_key *key);
/* 64 lowercase hex digits; borrowed. */
OTA_API const char *ota_key_id(const ota_key *key);
/* Never NULL; borrowed. */
OTA_API const char *ota_key_comment(const ota_key *key);
/* One of the published TEST-ONLY keys of keys/. */
OTA_API bool ota_key_is_test(const ota_key *key);

#endif
