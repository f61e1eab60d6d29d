/* SPDX-License-Identifier: MIT */
#include <crypto/verify.h>

#include <string.h>

#include <crypto/scheme.h>
#include <crypto/secret.h>

static ota_status sodium_check(
	const ota_ctx *ctx, const struct scheme *s, const uint8_t *raw, size_t len, ota_err *err)
{
	(void)ctx;
	(void)len;
	if (ed25519_key_ok(raw))
		return OTA_OK;
	return ota_fail(err, OTA_E_KEY_WEAK,
		"the %s key is no canonical point of prime order: anybody could forge signatures "
		"for it",
		s->name);
}

static ota_status sodium_verify(const ota_ctx *ctx, const struct key *key, const uint8_t *sig,
	size_t sig_len, const void *msg, size_t len, ota_err *err)
{
	(void)ctx;
	if (ed25519_verify(sig, sig_len, msg, len, key->raw))
		return OTA_OK;
	return ota_fail(err, OTA_E_SIG_BAD, "the signature does not verify");
}

/* clang-format off */
static const struct scheme schemes[] = {
	{KEY_ED25519, "ed25519", "ed25519", "ed25519", NULL, NULL, {32, 32},
		sodium_check, sodium_verify},
	{KEY_ECDSA_P256, "ecdsa-sha2-nistp256", "ecdsa", "p256", "P-256", "SHA2-256", {65, 65},
		ossl_check, ossl_verify},
	{KEY_ECDSA_P384, "ecdsa-sha2-nistp384", "ecdsa", "p384", "P-384", "SHA2-384", {97, 97},
		ossl_check, ossl_verify},
	{KEY_RSA_PSS_SHA256, "rsassa-pss-sha256", "rsa", "rsa", NULL, "SHA2-256", {384, 512},
		ossl_check, ossl_verify},
	{KEY_RSA_PSS_SHA512, "rsassa-pss-sha512", "rsa", "rsa", NULL, "SHA2-512", {384, 512},
		ossl_check, ossl_verify},
};
/* clang-format on */

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

	if (s == NULL)
		return ota_fail(err, OTA_E_SIG_BAD, "the signature does not verify");
	return s->verify(ctx, key, sig, sig_len, msg, len, err);
}
