/* SPDX-License-Identifier: MIT */
/*
 * Secret key files (formats/trust.md section 1). Everything above `secret:` is
 * authenticated with the secret where there is a passphrase.
 */
#ifndef SIGN_KEYFILE_H
#define SIGN_KEYFILE_H

#include <crypto/pair.h>
#include <trust/keytext.h>

#define KEYFILE_KDF_PASSES 3U
#define KEYFILE_KDF_MEM    (256U << 20U)

/* How a file is locked; the costs are stored in it. */
struct keyfile_lock {
	const uint8_t *pass;
	size_t pass_len;
	uint64_t passes, mem_bytes;
};

struct keyfile {
	ota_key *key; /* the public half, as the file says */
	struct keytext text;
	size_t ad_len;
	struct keytext_value secret;
	bool locked; /* the rest only then */
	uint64_t passes, mem_bytes;
	uint8_t salt[BOX_SALT_LEN], nonce[BOX_NONCE_LEN];
};

/* lock NULL: unencrypted. secret: pair_secret_len bytes of guarded memory. */
ota_status keyfile_write(ota_sink *dst, const ota_key *key, const uint8_t *secret,
	const struct keyfile_lock *lock, ota_err *err);
/* Reads and checks all but the secret. Close with keyfile_close. */
ota_status keyfile_open(struct keyfile *out, const ota_ctx *ctx, ota_source *src, ota_err *err);
void keyfile_close(struct keyfile *kf);
/*
 * The secret, freed with secret_free, proven to belong to kf->key: key.mismatch
 * otherwise. pass is not looked at where nothing is locked.
 */
ota_status keyfile_unlock(uint8_t **secret, const struct keyfile *kf, const uint8_t *pass,
	size_t pass_len, ota_err *err);

#endif
