/* SPDX-License-Identifier: MIT */
#include <crypto/ossl_secret.h>

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <crypto/ossl_ctx.h>
#include <crypto/ossl_pair.h>

/* RSA's numbers (RFC 8017 section 3.2), in the order in which they are handed over. */
enum { N, E, D, P, Q, DP, DQ, QINV, NUMBERS };
static const char *const rsa_names[NUMBERS] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
	OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1};

static ota_status no_secret(ota_err *err, const struct scheme *s)
{
	return ossl_failed(err, OTA_E_KEYFILE,
		s->group != NULL ? "take this as the secret of an ECDSA key"
				 : "take these as the primes of an RSA key");
}

/* Temporary numbers of one calculation: cleared and freed with bn. */
static bool temporaries(BIGNUM **out, size_t n, BN_CTX *bn)
{
	for (size_t i = 0; i < n; i++) {
		out[i] = BN_CTX_get(bn);
		if (out[i] == NULL)
			return false;
		BN_set_flags(out[i], BN_FLG_CONSTTIME);
	}
	return true;
}

/* All numbers from the two primes; secret: len bytes. */
static bool rsa_numbers(BIGNUM *b[static NUMBERS], BN_CTX *bn, const uint8_t *secret, size_t len)
{
	enum { P1, Q1, GCD, PHI, LCM, WORK };
	int half = (int)(len / 2);
	BIGNUM *w[WORK];
	bool ok = temporaries(b, NUMBERS, bn);

	ok = ok && temporaries(w, WORK, bn);
	ok = ok && BN_bin2bn(secret, half, b[P]) != NULL;
	ok = ok && BN_bin2bn(secret + half, half, b[Q]) != NULL;
	ok = ok && BN_set_word(b[E], RSA_F4) == 1;
	ok = ok && BN_mul(b[N], b[P], b[Q], bn) == 1;
	ok = ok && BN_sub(w[P1], b[P], BN_value_one()) == 1;
	ok = ok && BN_sub(w[Q1], b[Q], BN_value_one()) == 1;
	ok = ok && BN_gcd(w[GCD], w[P1], w[Q1], bn) == 1;
	ok = ok && BN_mul(w[PHI], w[P1], w[Q1], bn) == 1;
	ok = ok && BN_div(w[LCM], NULL, w[PHI], w[GCD], bn) == 1;
	ok = ok && BN_mod_inverse(b[D], b[E], w[LCM], bn) != NULL;
	ok = ok && BN_mod_inverse(b[DP], b[E], w[P1], bn) != NULL;
	ok = ok && BN_mod_inverse(b[DQ], b[E], w[Q1], bn) != NULL;
	ok = ok && BN_mod_inverse(b[QINV], b[Q], b[P], bn) != NULL;
	return ok;
}

/* bytes: guarded, NUMBERS * len. */
static EVP_PKEY *rsa_pair(OSSL_LIB_CTX *lib, BN_CTX *bn, const struct scheme *s, uint8_t *bytes,
	const uint8_t *secret, size_t len)
{
	OSSL_PARAM params[NUMBERS + 1] = {[NUMBERS] = OSSL_PARAM_END};
	BIGNUM *b[NUMBERS];
	bool ok = rsa_numbers(b, bn, secret, len);

	for (size_t i = 0; ok && i < NUMBERS; i++) {
		uint8_t *at = bytes + i * len;

		ok = BN_bn2nativepad(b[i], at, (int)len) == (int)len;
		params[i] = OSSL_PARAM_construct_BN(rsa_names[i], at, len);
	}
	return ok ? ossl_from_params(lib, s, EVP_PKEY_KEYPAIR, params) : NULL;
}

static EVP_PKEY *ec_pair(OSSL_LIB_CTX *lib, BN_CTX *bn, const struct key *pub, uint8_t *bytes,
	const uint8_t *secret, size_t len)
{
	const struct scheme *s = scheme_find(pub->scheme);
	uint8_t point[KEY_RAW_MAX];
	char group[8] = "";
	OSSL_PARAM params[4] = {[3] = OSSL_PARAM_END};
	BIGNUM *n = NULL;
	bool ok = temporaries(&n, 1, bn);

	strncpy(group, s->group, sizeof(group) - 1);
	memcpy(point, pub->raw, pub->len);
	ok = ok && BN_bin2bn(secret, (int)len, n) != NULL;
	ok = ok && BN_bn2nativepad(n, bytes, (int)len) == (int)len;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, pub->len);
	params[2] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, bytes, len);
	return ok ? ossl_from_params(lib, s, EVP_PKEY_KEYPAIR, params) : NULL;
}

static ota_status numbers_new(OSSL_LIB_CTX **lib, BN_CTX **bn, const ota_ctx *ctx, ota_err *err)
{
	ota_status st = ossl_ctx(lib, ctx, err);

	if (st)
		return st;
	ERR_clear_error();
	*bn = BN_CTX_secure_new_ex(*lib);
	if (*bn == NULL)
		return ota_fail_nomem(err);
	BN_CTX_start(*bn);
	return OTA_OK;
}

static void numbers_free(BN_CTX *bn)
{
	if (bn != NULL)
		BN_CTX_end(bn);
	BN_CTX_free(bn);
}

ota_status ossl_secret(EVP_PKEY **out, const ota_ctx *ctx, const struct key *pub,
	const uint8_t *secret, ota_err *err)
{
	const struct scheme *s = scheme_find(pub->scheme);
	size_t len = pair_secret_len(pub);
	OSSL_LIB_CTX *lib = NULL;
	uint8_t *bytes = NULL;
	EVP_PKEY *pkey = NULL;
	BN_CTX *bn = NULL;
	ota_status st;

	st = secret_alloc(&bytes, NUMBERS * len, err);
	if (!st)
		st = numbers_new(&lib, &bn, ctx, err);
	if (st)
		goto out;
	pkey = s->group != NULL ? ec_pair(lib, bn, pub, bytes, secret, len)
				: rsa_pair(lib, bn, s, bytes, secret, len);
	if (pkey == NULL)
		st = no_secret(err, s);
	else
		*out = pkey;
out:
	numbers_free(bn);
	secret_free(bytes);
	return st;
}

static bool ec_public(uint8_t *raw, size_t len, OSSL_LIB_CTX *lib, BN_CTX *bn,
	const struct scheme *s, const uint8_t *secret)
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name_ex(lib, NULL, EC_curve_nist2nid(s->group));
	EC_POINT *point = g != NULL ? EC_POINT_new(g) : NULL;
	BIGNUM *n = NULL;
	bool ok = point != NULL;

	ok = ok && temporaries(&n, 1, bn);
	ok = ok && BN_bin2bn(secret, (int)(len - 1) / 2, n) != NULL;
	ok = ok && BN_cmp(n, EC_GROUP_get0_order(g)) < 0;
	ok = ok && EC_POINT_mul(g, point, n, NULL, NULL, bn) == 1;
	ok = ok && EC_POINT_point2oct(g, point, POINT_CONVERSION_UNCOMPRESSED, raw, len, bn) == len;
	EC_POINT_free(point);
	EC_GROUP_free(g);
	return ok;
}

static bool rsa_public(uint8_t *raw, size_t len, BN_CTX *bn, const uint8_t *secret)
{
	BIGNUM *b[NUMBERS];
	bool ok = rsa_numbers(b, bn, secret, len);

	return ok && BN_bn2binpad(b[N], raw, (int)len) == (int)len;
}

ota_status ossl_pair_public(uint8_t *raw, size_t len, const ota_ctx *ctx, const struct scheme *s,
	const uint8_t *secret, ota_err *err)
{
	OSSL_LIB_CTX *lib = NULL;
	BN_CTX *bn = NULL;
	ota_status st = numbers_new(&lib, &bn, ctx, err);
	bool ok;

	if (st)
		return st;
	ok = s->group != NULL ? ec_public(raw, len, lib, bn, s, secret)
			      : rsa_public(raw, len, bn, secret);
	numbers_free(bn);
	return ok ? OTA_OK : no_secret(err, s);
}

/* ---- the other way ---- */

/* A number of exactly len bytes, or of fewer where pad says so. */
static bool take_number(uint8_t *out, size_t len, const EVP_PKEY *pkey, const char *name, bool pad)
{
	BIGNUM *n = NULL;
	bool ok = EVP_PKEY_get_bn_param(pkey, name, &n) == 1;

	ok = ok && (pad || (size_t)BN_num_bytes(n) == len);
	ok = ok && BN_bn2binpad(n, out, (int)len) == (int)len;
	BN_clear_free(n);
	return ok;
}

/* 0: there is none, or it is longer than any key of ours. */
static size_t modulus_len(const EVP_PKEY *pkey)
{
	BIGNUM *n = NULL;
	size_t len = 0;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1)
		len = (size_t)BN_num_bytes(n);
	BN_free(n);
	return len <= KEY_RAW_MAX ? len : 0;
}

static ota_status take_modulus(struct key *pub, const ota_ctx *ctx, const struct scheme *s,
	const EVP_PKEY *pkey, ota_err *err)
{
	size_t len = modulus_len(pkey);
	uint8_t raw[KEY_RAW_MAX], e[8];

	if (len == 0 || !take_number(raw, len, pkey, OSSL_PKEY_PARAM_RSA_N, false))
		return ossl_failed(err, OTA_E_KEYFILE, "say the modulus of at most 4096 bits");
	if (!take_number(e, sizeof(e), pkey, OSSL_PKEY_PARAM_RSA_E, true) ||
		memcmp(e, "\0\0\0\0\0\1\0\1", sizeof(e)) != 0)
		return ota_fail(err, OTA_E_KEY_WEAK, "the RSA key's exponent is not 65537");
	return key_init(pub, ctx, s->id, raw, len, err);
}

/* From the coordinates: the file may hold the point in another form. */
static ota_status take_point(struct key *pub, const ota_ctx *ctx, const struct scheme *s,
	const EVP_PKEY *pkey, ota_err *err)
{
	size_t len = s->raw_len[0], half = (len - 1) / 2;
	uint8_t raw[KEY_RAW_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
	bool ok = take_number(raw + 1, half, pkey, OSSL_PKEY_PARAM_EC_PUB_X, true);

	ok = ok && take_number(raw + 1 + half, half, pkey, OSSL_PKEY_PARAM_EC_PUB_Y, true);
	if (!ok)
		return ossl_failed(err, OTA_E_KEYFILE, "say the point of the public key");
	return key_init(pub, ctx, s->id, raw, len, err);
}

static bool take_secret(uint8_t *out, size_t len, const struct scheme *s, const EVP_PKEY *pkey)
{
	size_t half = len / 2;
	bool ok;

	if (s->group != NULL)
		return take_number(out, len, pkey, OSSL_PKEY_PARAM_PRIV_KEY, true);
	ok = take_number(out, half, pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, false);
	return ok && take_number(out + half, half, pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, false);
}

ota_status ossl_take(uint8_t **secret, struct key *pub, const ota_ctx *ctx, const struct scheme *s,
	EVP_PKEY *pkey, ota_err *err)
{
	uint8_t *bytes = NULL;
	struct key key;
	ota_status st;

	ERR_clear_error();
	st = s->group != NULL ? take_point(&key, ctx, s, pkey, err)
			      : take_modulus(&key, ctx, s, pkey, err);
	if (!st && secret != NULL) {
		st = secret_alloc(&bytes, pair_secret_len(&key), err);
		if (!st && !take_secret(bytes, pair_secret_len(&key), s, pkey))
			st = ossl_failed(err, OTA_E_KEYFILE, "say the secret of this key");
		if (!st)
			st = pair_prove(ctx, &key, bytes, err);
	}
	if (st) {
		secret_free(bytes);
		return st;
	}
	*pub = key;
	if (secret != NULL)
		*secret = bytes;
	return OTA_OK;
}
