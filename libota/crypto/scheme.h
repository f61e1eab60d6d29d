/* SPDX-License-Identifier: MIT */
/* Signature schemes: one row each, exactly one implementation each. */
#ifndef CRYPTO_SCHEME_H
#define CRYPTO_SCHEME_H

#include <crypto/key.h>

struct scheme {
	enum key_scheme id;
	const char *name;   /* TUF's */
	const char *family; /* of key material: schemes that share keys share it */
	size_t raw_len;
	bool (*key_ok)(const uint8_t *raw);
	bool (*verify)(const uint8_t *sig, size_t sig_len, const void *msg, size_t len,
		const uint8_t *raw);
};

/* NULL when there is none. */
const struct scheme *scheme_find(enum key_scheme id);
const struct scheme *scheme_by_name(const char *name);

#endif
