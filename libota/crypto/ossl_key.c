/* SPDX-License-Identifier: MIT */
#include <crypto/ossl_key.h>

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <crypto/ossl_ctx.h>

/* Of keys and signatures, and not that something below failed. */
static bool about_input(unsigned long e)
{
	int lib = ERR_GET_LIB(e);
	bool ours = lib == ERR_LIB_EC || lib == ERR_LIB_RSA || lib == ERR_LIB_ASN1;

	return ours && (ERR_GET_REASON(e) & ERR_RFLAG_COMMON) == 0;
}

/* What libcrypto's queue says; it is empty then. */
struct complaint {
	bool any, no_memory, input;
};

static struct complaint complaint(void)
{
	struct complaint c = {0};

	for (unsigned long e = ERR_get_error(); e != 0; e = ERR_get_error()) {
		c.any = true;
		c.no_memory = c.no_memory || ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE;
		c.input = c.input || about_input(e);
	}
	return c;
}

ota_status ossl_failed(ota_err *err, ota_id id, const char *what)
{
	if (complaint().no_memory)
		return ota_fail_nomem(err);
	return ota_fail(err, id, "libcrypto cannot %s", what);
}

ota_status ossl_refused(ota_err *err, ota_id id, bool silent, const char *what)
{
	struct complaint c = complaint();

	if (c.no_memory)
		return ota_fail_nomem(err);
	if (c.input || (silent && !c.any))
		return ota_fail(err, id, "libcrypto cannot %s", what);
	return ota_fail(err, OTA_E_CRYPTO, "libcrypto failed: cannot %s", what);
}

EVP_PKEY *ossl_from_params(
	OSSL_LIB_CTX *lib, const struct scheme *s, int selection, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *pctx = EVP_PKEY_CTX_new_from_name(lib, s->group != NULL ? "EC" : "RSA", NULL);
	EVP_PKEY *pkey = NULL;
	bool ok = pctx != NULL;

	ok = ok && EVP_PKEY_fromdata_init(pctx) == 1;
	ok = ok && EVP_PKEY_fromdata(pctx, &pkey, selection, params) == 1;
	EVP_PKEY_CTX_free(pctx);
	return ok ? pkey : NULL;
}

/* libcrypto takes numbers as the machine stores them. */
static bool to_native(uint8_t *out, const uint8_t *be, size_t len)
{
	BIGNUM *n = BN_bin2bn(be, (int)len, NULL);
	bool ok = n != NULL && BN_bn2nativepad(n, out, (int)len) == (int)len;

	BN_free(n);
	return ok;
}

ota_status ossl_public(EVP_PKEY **out, const ota_ctx *ctx, const struct scheme *s,
	const uint8_t *raw, size_t len, ota_err *err)
{
	uint8_t bytes[KEY_RAW_MAX];
	char group[8] = "";
	unsigned e = RSA_F4;
	OSSL_PARAM params[3] = {OSSL_PARAM_END, OSSL_PARAM_END, OSSL_PARAM_END};
	OSSL_LIB_CTX *lib = NULL;
	ota_status st;

	st = ossl_ctx(&lib, ctx, err);
	if (st)
		return st;
	ERR_clear_error();
	if (s->group != NULL) {
		strncpy(group, s->group, sizeof(group) - 1);
		memcpy(bytes, raw, len);
		params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
		params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes, len);
	} else if (to_native(bytes, raw, len)) {
		params[0] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, bytes, len);
		params[1] = OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &e);
	} else {
		return ossl_failed(err, OTA_E_CRYPTO, "take a number");
	}
	*out = ossl_from_params(lib, s, EVP_PKEY_PUBLIC_KEY, params);
	return *out != NULL ? OTA_OK
			    : ossl_refused(err, OTA_E_KEY_WEAK, false, "use this public key");
}

bool ossl_padding(EVP_PKEY_CTX *pctx, const struct scheme *s)
{
	bool ok = true;

	if (s->group != NULL)
		return true;
	ok = ok && EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1;
	ok = ok && EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
	ok = ok && EVP_PKEY_CTX_set_rsa_mgf1_md_name(pctx, s->hash, NULL) == 1;
	return ok;
}
