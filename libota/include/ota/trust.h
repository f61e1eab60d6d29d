/* SPDX-License-Identifier: MIT */
/*
 * Trust: what decides whose signatures count. One public key is one implied
 * role with threshold 1 and none of the special powers; a root of trust
 * (<ota/root.h>) says more. Format and rules: formats/trust.md.
 */
#ifndef OTA_TRUST_H
#define OTA_TRUST_H

#include <ota/key.h>

typedef struct ota_trust ota_trust;

/*
 * Trust exactly one key, copied. A TEST-ONLY key is refused with
 * signature.test_key unless allow_test.
 */
OTA_API OTA_MUST_CHECK ota_status ota_trust_from_key(
	ota_trust **out, const ota_ctx *ctx, const ota_key *key, bool allow_test, ota_err *err);
OTA_API void ota_trust_free(ota_trust *trust);
/* The role that the key is in; NULL: none, or the key is not trusted. Borrowed. */
OTA_API const char *ota_trust_role_of(const ota_trust *trust, const char *keyid);
/* What the trust calls the key: its comment, or the root's name for it; NULL: nothing. Borrowed. */
OTA_API const char *ota_trust_name_of(const ota_trust *trust, const char *keyid);

#endif
