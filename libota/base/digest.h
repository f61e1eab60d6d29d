/* SPDX-License-Identifier: MIT */
/* A hash value with its algorithm: compared whole, never cut. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hash_alg { HASH_NONE, HASH_SHA256 = 1, HASH_SHA512 = 2, HASH_SHA3_256 = 3 }; /* as in HEADER */

#define DIGEST_MAX 64

struct digest {
	enum hash_alg alg;
	uint8_t len;
	uint8_t b[DIGEST_MAX];
};

bool digest_equal(const struct digest *a, const struct digest *b);
/* 2·len digits and a NUL. */
void digest_hex(char out[2 * DIGEST_MAX + 1], const struct digest *d);
/* Lowercase hex of exactly the algorithm's length; false otherwise. */
bool digest_parse(struct digest *out, enum hash_alg alg, const char *hex, size_t len);
/* 32 or 64; 0 for an unknown algorithm. */
size_t digest_len(enum hash_alg alg);
/* "sha256", …; NULL for an unknown algorithm. */
const char *hash_name(enum hash_alg alg);
enum hash_alg hash_by_name(const char *name);

#endif
