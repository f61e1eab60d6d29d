/* SPDX-License-Identifier: MIT */
/* Key files, both halves, and keys of others. A file with a passphrase is not unlocked: that is slow by design. */
#include <ota/key.h>

#include <crypto/foreign.h>
#include <crypto/secret.h>
#include <sign/keyfile.h>

#include "fuzz.h"

static void foreign(const uint8_t *data, size_t len)
{
	uint8_t *secret = NULL;
	struct key raw;

	if (foreign_read(&secret, &raw, fuzz_ctx(), KEY_NONE, data, len, NULL, NULL, NULL) ==
		OTA_OK)
		FUZZ_ASSERT(raw.len >= 32 && raw.len <= KEY_RAW_MAX);
	secret_free(secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct keyfile kf = {0};
	uint8_t *seed = NULL;
	ota_key *key = NULL;
	ota_source *src = fuzz_source(data, len);

	if (ota_key_read(&key, fuzz_ctx(), src, NULL) == OTA_OK)
		FUZZ_ASSERT(ota_key_id(key)[OTA_KEYID_HEX] == '\0');
	ota_key_free(key);
	ota_source_close(src);
	src = fuzz_source(data, len);
	if (keyfile_open(&kf, fuzz_ctx(), src, NULL) == OTA_OK) {
		if (!kf.locked && keyfile_unlock(&seed, &kf, NULL, 0, NULL) == OTA_OK)
			secret_free(seed);
		keyfile_close(&kf);
	}
	ota_source_close(src);
	foreign(data, len);
	return 0;
}
