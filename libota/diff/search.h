/* SPDX-License-Identifier: MIT */
/* The longest exact match of a string in the old image. */
#ifndef DIFF_SEARCH_H
#define DIFF_SEARCH_H

#include <diff/sufsort.h>

/* Shorter strings are not looked for. */
#define SEARCH_MIN 8

struct search {
	const uint8_t *p;
	size_t len;
	struct sufsort sa;
	uint8_t *seen; /* a bit per hash of SEARCH_MIN bytes that occur */
	unsigned shift;
	/* What was found for the bytes of new from a place on, for the parses after the first. */
	struct memo *memo;
};

struct memo {
	uint32_t rank, len; /* len plus one; 0: not sought yet */
};

ota_status search_init(
	struct search *s, const ota_ctx *ctx, const uint8_t *p, size_t len, ota_err *err);
void search_fini(struct search *s, const ota_ctx *ctx);
/* What search_init holds for an image of that length. */
uint64_t search_memory(uint64_t len);

/* false: key, of at least SEARCH_MIN bytes, has no match of SEARCH_MIN bytes. */
bool search_maybe(const struct search *s, const uint8_t *key);
/* The length of the longest match of a beginning of key; *rank is its place in sa. */
size_t search_longest(const struct search *s, size_t *rank, const uint8_t *key, size_t len);

/* Remember of an image of new_len bytes, at most 4 GiB − 2, what search_at finds. */
ota_status search_remember(struct search *s, const ota_ctx *ctx, size_t new_len, ota_err *err);
/* search_longest for what begins at a place of new. */
size_t search_at(
	const struct search *s, size_t *rank, const uint8_t *new_, size_t new_len, size_t at);

/* How many bytes are equal from the start, at most max. */
size_t bytes_common(const uint8_t *a, const uint8_t *b, size_t max);
/* How many of len bytes are equal. */
size_t bytes_equal(const uint8_t *a, const uint8_t *b, size_t len);

#endif
