/* SPDX-License-Identifier: MIT */
/* Who signs: a secret key file, a token, or somebody who is asked. */
#ifndef SIGN_SIGNER_H
#define SIGN_SIGNER_H

#include <ota/sign.h>

#include <crypto/key.h>
#include <trust/keyid.h>

#define PASSPHRASE_MAX 1024U

/* Ask into guarded memory; *out is freed with secret_free. */
ota_status passphrase_ask(
	uint8_t **out, size_t *len, ota_ask_fn *ask, void *arg, const char *what, ota_err *err);
/* A secret key file, locked with a passphrase that is asked for now; ask NULL: not locked. */
ota_status secret_store(ota_sink *dst, const ota_key *key, const uint8_t *secret, ota_ask_fn *ask,
	void *arg, ota_err *err);
/*
 * At most SIG_MAX bytes, verified: what a faulty signer answers must not be
 * stored, signature.self.
 */
ota_status signer_sign(const ota_signer *s, uint8_t sig[static SIG_MAX], size_t *sig_len,
	const void *msg, size_t len, ota_err *err);

#endif
