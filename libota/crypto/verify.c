/* SPDX-License-Identifier: MIT */
#include <crypto/verify.h>

#include <string.h>

#include <crypto/scheme.h>
#include <crypto/secret.h>

static const struct scheme schemes[] = {
	{KEY_ED25519, "ed25519", "ed25519", 32, ed25519_key_ok, ed25519_verify},
};

#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

const struct scheme *scheme_find(enum key_scheme id)
{
	for (size_t i = 0; i < SCHEMES; i++) {
		if (schemes[i].id == id)
			return &schemes[i];
	}
	return NULL;
}

const struct scheme *scheme_by_name(const char *name)
{
	for (size_t i = 0; i < SCHEMES; i++) {
		if (strcmp(schemes[i].name, name) == 0)
			return &schemes[i];
	}
	return NULL;
}

ota_status verify_sig(const ota_ctx *ctx, const struct key *key, const uint8_t *sig, size_t sig_len,
	const void *msg, size_t len, ota_err *err)
{
	const struct scheme *s = scheme_find(key->scheme);

	(void)ctx; /* libsodium needs none; libcrypto's schemes will */
	if (s != NULL && s->verify(sig, sig_len, msg, len, key->raw))
		return OTA_OK;
	return ota_fail(err, OTA_E_SIG_BAD, "the signature does not verify");
}
