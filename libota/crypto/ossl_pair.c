/* SPDX-License-Identifier: MIT */
#include <crypto/ossl_pair.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <crypto/ossl_ctx.h>
#include <crypto/ossl_secret.h>

static EVP_PKEY *generate(OSSL_LIB_CTX *lib, const struct scheme *s, unsigned bits)
{
	EVP_PKEY_CTX *pctx = EVP_PKEY_CTX_new_from_name(lib, s->group != NULL ? "EC" : "RSA", NULL);
	EVP_PKEY *pkey = NULL;
	bool ok = pctx != NULL;

	ok = ok && EVP_PKEY_keygen_init(pctx) == 1;
	if (ok && s->group != NULL)
		ok = EVP_PKEY_CTX_set_group_name(pctx, s->group) == 1;
	else
		ok = ok && EVP_PKEY_CTX_set_rsa_keygen_bits(pctx, (int)bits) == 1;
	ok = ok && EVP_PKEY_generate(pctx, &pkey) == 1;
	EVP_PKEY_CTX_free(pctx);
	return ok ? pkey : NULL;
}

ota_status ossl_pair_make(uint8_t **secret, struct key *pub, const ota_ctx *ctx,
	const struct scheme *s, unsigned bits, ota_err *err)
{
	OSSL_LIB_CTX *lib = NULL;
	EVP_PKEY *pkey = NULL;
	ota_status st = ossl_ctx(&lib, ctx, err);

	if (st)
		return st;
	ERR_clear_error();
	pkey = generate(lib, s, bits);
	st = pkey != NULL ? ossl_take(secret, pub, ctx, s, pkey, err)
			  : ossl_failed(err, OTA_E_CRYPTO, "make a key");
	EVP_PKEY_free(pkey);
	return st;
}

static ota_status sign(uint8_t *sig, size_t *sig_len, OSSL_LIB_CTX *lib, const struct scheme *s,
	EVP_PKEY *pkey, const void *msg, size_t len, ota_err *err)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL; /* md's */
	size_t n = SIG_MAX;
	bool ok = md != NULL;

	ok = ok && EVP_DigestSignInit_ex(md, &pctx, s->hash, lib, NULL, pkey, NULL) == 1;
	ok = ok && ossl_padding(pctx, s);
	ok = ok && EVP_DigestSign(md, sig, &n, msg, len) == 1;
	EVP_MD_CTX_free(md);
	if (!ok)
		return ossl_failed(err, OTA_E_CRYPTO, "sign");
	*sig_len = n;
	return OTA_OK;
}

ota_status ossl_pair_sign(uint8_t sig[static SIG_MAX], size_t *sig_len, const ota_ctx *ctx,
	const struct key *pub, const uint8_t *secret, const void *msg, size_t len, ota_err *err)
{
	OSSL_LIB_CTX *lib = NULL;
	EVP_PKEY *pkey = NULL;
	ota_status st = ossl_ctx(&lib, ctx, err);

	if (!st)
		st = ossl_secret(&pkey, ctx, pub, secret, err);
	if (!st)
		st = sign(sig, sig_len, lib, scheme_find(pub->scheme), pkey, msg, len, err);
	EVP_PKEY_free(pkey);
	return st;
}

ota_status ossl_prehash(uint8_t out[static 64], size_t *len, const ota_ctx *ctx,
	const struct scheme *s, const void *msg, size_t msg_len, ota_err *err)
{
	OSSL_LIB_CTX *lib = NULL;
	ota_status st = ossl_ctx(&lib, ctx, err);

	if (st)
		return st;
	ERR_clear_error();
	if (EVP_Q_digest(lib, s->hash, NULL, msg, msg_len, out, len) != 1)
		return ossl_failed(err, OTA_E_CRYPTO, "hash");
	return OTA_OK;
}

/* r and s of one number's length each, so that the DER fits. */
ota_status ossl_join(uint8_t sig[static SIG_MAX], size_t *sig_len, const struct scheme *scheme,
	const uint8_t *rs, size_t len, ota_err *err)
{
	const int half = (int)(scheme->raw_len[0] / 2);
	BIGNUM *r, *s;
	ECDSA_SIG *both;
	int n = 0;

	if (len != scheme->raw_len[0] - 1)
		return ota_fail(err, OTA_E_SIGNER, "a signature of %zu bytes is no %s one", len,
			scheme->name);
	r = BN_bin2bn(rs, half, NULL);
	s = BN_bin2bn(rs + half, half, NULL);
	both = ECDSA_SIG_new();
	if (r != NULL && s != NULL && both != NULL && ECDSA_SIG_set0(both, r, s) == 1) {
		r = s = NULL; /* both's */
		n = i2d_ECDSA_SIG(both, &sig);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(both);
	if (n <= 0)
		return ossl_failed(err, OTA_E_SIGNER, "write the signature");
	*sig_len = (size_t)n;
	return OTA_OK;
}
