/* SPDX-License-Identifier: MIT */
/*
 * A private key on a token, named by a pkcs11: URI (RFC 7512): one session, one
 * login. p11-kit finds and loads the modules, their own functions sign. Only
 * where signatures are made.
 */
#ifndef CRYPTO_P11_TOKEN_H
#define CRYPTO_P11_TOKEN_H

#include <ota/sign.h>

#include <crypto/key.h>

struct token;

struct token_options {
	enum key_scheme scheme; /* of an RSA key, KEY_NONE: PSS with SHA-256; others must have it */
	const struct key *pub;  /* what the key must be, for a token that does not tell; or NULL */
	ota_ask_fn *ask;        /* for the PIN; NULL: passphrase.missing where one is needed */
	void *ask_arg;
};

bool token_is_uri(const char *ref);
/*
 * The one private key that the URI matches and its public half. A PIN in the
 * URI is refused: usage.argument. A PIN is tried once: passphrase.wrong.
 * token.key where none or several match, token.failed for what the module says.
 */
ota_status token_open(struct token **out, struct key *pub, const ota_ctx *ctx, const char *uri,
	const struct token_options *opt, ota_err *err);
/* As pair_sign: the answer is not yet verified. */
ota_status token_sign(const struct token *t, uint8_t sig[static SIG_MAX], size_t *sig_len,
	const void *msg, size_t len, ota_err *err);
/* NULL is fine. */
void token_close(struct token *t);

#endif
