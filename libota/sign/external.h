/* SPDX-License-Identifier: MIT */
/* A signer whose secret is somewhere else. */
#ifndef SIGN_EXTERNAL_H
#define SIGN_EXTERNAL_H

#include <ota/sign.h>

#include <crypto/key.h>

struct external {
	ota_sign_fn *sign;
	void *arg;
};

/* Raw or base64: what the answer means. signer.failed when there is no signature in it. */
ota_status external_sign(const struct external *ext, uint8_t sig[static SIG_MAX], size_t *sig_len,
	const void *text, size_t len, ota_err *err);

#endif
