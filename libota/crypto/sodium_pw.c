/* SPDX-License-Identifier: MIT */
#include <crypto/secret.h>

#include <sodium.h>

_Static_assert(BOX_SALT_LEN == crypto_pwhash_SALTBYTES, "salt");
_Static_assert(BOX_NONCE_LEN == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(BOX_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(BOX_TAG_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

#define KDF_PASSES_MAX 10U
#define KDF_MEM_MIN    crypto_pwhash_argon2id_MEMLIMIT_MIN
#define KDF_MEM_MAX    (UINT64_C(1) << 30U)

ota_status box_kdf(uint8_t *key, const uint8_t *pass, size_t pass_len,
	const uint8_t salt[static BOX_SALT_LEN], uint64_t passes, uint64_t mem_bytes, ota_err *err)
{
	int r;

	if (passes < 1 || passes > KDF_PASSES_MAX)
		return ota_fail(err, OTA_E_LIMIT_KDF, "argon2id13: %llu passes, expected 1 to %u",
			(unsigned long long)passes, KDF_PASSES_MAX);
	if (mem_bytes < KDF_MEM_MIN || mem_bytes > KDF_MEM_MAX)
		return ota_fail(err, OTA_E_LIMIT_KDF,
			"argon2id13: %llu bytes, expected %llu to %llu",
			(unsigned long long)mem_bytes, (unsigned long long)KDF_MEM_MIN,
			(unsigned long long)KDF_MEM_MAX);
	/* Within the limits just checked it fails only for want of memory. */
	r = crypto_pwhash(key, BOX_KEY_LEN, (const char *)pass, pass_len, salt, passes, mem_bytes,
		crypto_pwhash_ALG_ARGON2ID13);
	return r == 0 ? OTA_OK : ota_fail_nomem(err);
}

ota_status box_seal(uint8_t *out, const uint8_t *msg, size_t len, const void *ad, size_t ad_len,
	const uint8_t nonce[static BOX_NONCE_LEN], const uint8_t *key, ota_err *err)
{
	int r = crypto_aead_xchacha20poly1305_ietf_encrypt(
		out, NULL, msg, len, ad, ad_len, NULL, nonce, key);

	return r == 0 ? OTA_OK : ota_fail(err, OTA_E_CRYPTO, "libsodium cannot encrypt");
}

ota_status box_open(uint8_t *out, const uint8_t *box, size_t len, const void *ad, size_t ad_len,
	const uint8_t nonce[static BOX_NONCE_LEN], const uint8_t *key, ota_err *err)
{
	int r = crypto_aead_xchacha20poly1305_ietf_decrypt(
		out, NULL, NULL, box, len, ad, ad_len, nonce, key);

	if (r != 0)
		return ota_fail(err, OTA_E_PASSPHRASE_BAD,
			"the passphrase does not open the key file, or the file was altered");
	return OTA_OK;
}
