/* SPDX-License-Identifier: MIT */
#include <crypto/ossl_ctx.h>

#include <openssl/crypto.h>

/*
 * openssl.cnf, which OPENSSL_CONF may point anywhere, can make a digest
 * unavailable or somebody else's code. A private context is not configured by
 * it, but that is not enough: up to OpenSSL 3.x every EVP_DigestInit asks the
 * process-wide engine table first, and that loads the file. So loading is
 * switched off, unless the program that links libota has loaded it before.
 */
static ota_status no_config(ota_err *err)
{
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return ota_fail(err, OTA_E_CRYPTO, "libcrypto cannot be initialised");
	return OTA_OK;
}

static void destroy(void *value)
{
	OSSL_LIB_CTX_free(value);
}

ota_status ossl_ctx(OSSL_LIB_CTX **out, const ota_ctx *ctx, ota_err *err)
{
	void *lib = ctx_attached(ctx);

	if (lib == NULL) {
		ota_status st = no_config(err);

		if (st)
			return st;
		lib = OSSL_LIB_CTX_new();
		if (lib == NULL)
			return ota_fail_nomem(err);
		ctx_attach(ctx, &lib, destroy);
	}
	*out = lib;
	return OTA_OK;
}
