/* SPDX-License-Identifier: MIT */
/* An open session of a token. Only for p11_*.c. */
#ifndef CRYPTO_P11_SESSION_H
#define CRYPTO_P11_SESSION_H

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include <crypto/p11_token.h>

struct token {
	const ota_ctx *ctx;
	P11KitUri *uri;
	CK_FUNCTION_LIST **modules; /* those of the machine, NULL: own */
	CK_FUNCTION_LIST *own[2];   /* the one that the URI names by its path */
	CK_FUNCTION_LIST *f;        /* the module that has the token */
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session; /* 0: none */
	CK_OBJECT_HANDLE object;   /* the private key */
	char label[33];
	struct key pub;
	bool each;    /* the key wants the PIN for every signature */
	uint8_t *pin; /* guarded */
	size_t pin_len;
};

/* token.failed: "token LABEL cannot …: what the module says". */
ota_status p11_failed(ota_err *err, const struct token *t, const char *what, CK_RV rv);
/* The private key, its scheme and its public half. */
ota_status p11_find_key(struct token *t, const struct token_options *opt, ota_err *err);

#endif
