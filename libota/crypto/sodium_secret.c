/* SPDX-License-Identifier: MIT */
#include <crypto/secret.h>

#include <assert.h>

#include <sodium.h>

ota_status secret_alloc(uint8_t **out, size_t len, ota_err *err)
{
	uint8_t *p = NULL;

	/* Guard pages need it; it is idempotent and thread-safe. */
	if (sodium_init() < 0)
		return ota_fail(err, OTA_E_CRYPTO, "libsodium cannot be initialised");
	p = sodium_malloc(len);
	if (p == NULL)
		return ota_fail_nomem(err);
	sodium_memzero(p, len);
	*out = p;
	return OTA_OK;
}

void secret_free(uint8_t *p)
{
	sodium_free(p);
}

void secret_random(uint8_t *out, size_t len)
{
	randombytes_buf(out, len);
}

size_t secret_base64(uint8_t *out, size_t cap, const uint8_t *p, size_t len)
{
	size_t need = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);

	assert(need <= cap);
	sodium_bin2base64((char *)out, cap, p, len, sodium_base64_VARIANT_ORIGINAL);
	return need - 1;
}

bool secret_unbase64(uint8_t *out, size_t len, const char *s, size_t s_len)
{
	size_t n = 0;
	int r = sodium_base642bin(
		out, len, s, s_len, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL);

	return r == 0 && n == len;
}
