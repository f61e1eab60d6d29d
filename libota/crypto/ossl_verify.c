/* SPDX-License-Identifier: MIT */
#include <crypto/scheme.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include <crypto/ossl_ctx.h>
#include <crypto/ossl_key.h>

#define POINT_UNCOMPRESSED 0x04 /* SEC 1 section 2.3.3 */

/* The length is one of the scheme's; here is what it does not say. */
static ota_status check_form(const struct scheme *s, const uint8_t *raw, size_t len, ota_err *err)
{
	if (s->group != NULL && raw[0] != POINT_UNCOMPRESSED)
		return ota_fail(err, OTA_E_KEYFILE, "the %s key is no uncompressed point", s->name);
	if (s->group == NULL && (raw[0] & 0x80) == 0)
		return ota_fail(err, OTA_E_KEY_WEAK,
			"the RSA modulus is below %zu bits, which its %zu bytes promise", 8 * len,
			len);
	if (s->group == NULL && (raw[len - 1] & 1) == 0)
		return ota_fail(err, OTA_E_KEY_WEAK, "the RSA modulus is even");
	return OTA_OK;
}

/* The order of both curves is prime: a point on the curve, which this makes sure of, is sound. */
ota_status ossl_check(
	const ota_ctx *ctx, const struct scheme *s, const uint8_t *raw, size_t len, ota_err *err)
{
	EVP_PKEY *pkey = NULL;
	ota_status st = check_form(s, raw, len, err);

	if (!st)
		st = ossl_public(&pkey, ctx, s, raw, len, err);
	EVP_PKEY_free(pkey);
	return st;
}

static ota_status judge(OSSL_LIB_CTX *lib, EVP_PKEY *pkey, const struct scheme *s,
	const uint8_t *sig, size_t sig_len, const void *msg, size_t len, ota_err *err)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL; /* md's */
	ota_status st = OTA_UNTRUSTED;
	bool ok = md != NULL;

	ok = ok && EVP_DigestVerifyInit_ex(md, &pctx, s->hash, lib, NULL, pkey, NULL) == 1;
	ok = ok && ossl_padding(pctx, s);
	if (!ok)
		st = ossl_failed(err, OTA_E_CRYPTO, "verify");
	else if (EVP_DigestVerify(md, sig, sig_len, msg, len) == 1)
		st = OTA_OK;
	else
		st = ossl_refused(err, OTA_E_SIG_BAD, "verify the signature");
	EVP_MD_CTX_free(md);
	return st;
}

/*
 * ECDSA: libcrypto encodes the numbers it read again and compares, so that only
 * DER passes. RSA: it takes a signature without its leading zero bytes too,
 * which would be a second form.
 */
ota_status ossl_verify(const ota_ctx *ctx, const struct key *key, const uint8_t *sig,
	size_t sig_len, const void *msg, size_t len, ota_err *err)
{
	const struct scheme *s = scheme_find(key->scheme);
	ota_status st = OTA_UNTRUSTED;
	OSSL_LIB_CTX *lib = NULL;
	EVP_PKEY *pkey = NULL;

	if (s->group == NULL && sig_len != key->len)
		return ota_fail(err, OTA_E_SIG_BAD, "the signature has %zu bytes, expected %zu",
			sig_len, key->len);
	st = ossl_ctx(&lib, ctx, err);
	if (!st)
		st = ossl_public(&pkey, ctx, s, key->raw, key->len, err);
	if (!st)
		st = judge(lib, pkey, s, sig, sig_len, msg, len, err);
	EVP_PKEY_free(pkey);
	return st;
}
