/* SPDX-License-Identifier: MIT */
#include <base/digest.h>

#include <ota/text.h>

#include <string.h>

static const struct {
	const char *name;
	uint8_t len;
} algs[] = {
	[HASH_SHA256] = {"sha256", 32},
	[HASH_SHA512] = {"sha512", 64},
	[HASH_SHA3_256] = {"sha3-256", 32},
};

#define ALGS (sizeof(algs) / sizeof(algs[0]))

size_t digest_len(enum hash_alg alg)
{
	return (size_t)alg < ALGS ? algs[alg].len : 0;
}

const char *hash_name(enum hash_alg alg)
{
	return (size_t)alg < ALGS ? algs[alg].name : NULL;
}

enum hash_alg hash_by_name(const char *name)
{
	for (size_t i = 1; i < ALGS; i++)
		if (strcmp(algs[i].name, name) == 0)
			return (enum hash_alg)i;
	return HASH_NONE;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->alg == b->alg && a->len == b->len && a->len > 0 &&
	       memcmp(a->b, b->b, a->len) == 0;
}

void digest_hex(char out[2 * DIGEST_MAX + 1], const struct digest *d)
{
	ota_hex(out, d->b, d->len);
}

bool digest_parse(struct digest *out, enum hash_alg alg, const char *hex, size_t len)
{
	struct digest d = {.alg = alg, .len = (uint8_t)digest_len(alg)};

	if (d.len == 0 || !ota_unhex(d.b, d.len, hex, len))
		return false;
	*out = d;
	return true;
}
