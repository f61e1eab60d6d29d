/* SPDX-License-Identifier: MIT */
#include <crypto/scheme.h>

#include <string.h>

#include <openssl/core_names.h>
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

/*
 * Over a digest made first: of EVP_DigestVerify one cannot tell a signature that
 * is bad from a digest that found no memory.
 */
static ota_status judge(OSSL_LIB_CTX *lib, EVP_PKEY *pkey, const struct scheme *s,
	const uint8_t *sig, size_t sig_len, const void *msg, size_t len, ota_err *err)
{
	OSSL_PARAM with[2] = {OSSL_PARAM_END, OSSL_PARAM_END};
	EVP_PKEY_CTX *pctx = EVP_PKEY_CTX_new_from_pkey(lib, pkey, NULL);
	char hash[16] = "";
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t n = 0;
	ota_status st;
	bool ok = pctx != NULL;

	strncpy(hash, s->hash, sizeof(hash) - 1);
	with[0] = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, hash, 0);
	ok = ok && EVP_Q_digest(lib, hash, NULL, msg, len, digest, &n) == 1;
	ok = ok && EVP_PKEY_verify_init_ex(pctx, with) == 1;
	ok = ok && ossl_padding(pctx, s);
	if (!ok)
		st = ossl_failed(err, OTA_E_CRYPTO, "verify");
	else if (EVP_PKEY_verify(pctx, sig, sig_len, digest, n) == 1)
		st = OTA_OK;
	else
		st = ossl_refused(err, OTA_E_SIG_BAD, true, "verify the signature");
	EVP_PKEY_CTX_free(pctx);
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
