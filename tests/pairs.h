/* SPDX-License-Identifier: MIT */
/* Pairs of images, the same for a seed on every machine: what an update does to an image, and what no update does. */
#ifndef TESTS_PAIRS_H
#define TESTS_PAIRS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	uint8_t *p;
	size_t len;
};

struct pair {
	struct bytes old_, new_;
};

static inline uint64_t pair_rand(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30U) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27U) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31U;
}

static inline struct bytes bytes_new(size_t len)
{
	struct bytes b = {calloc(1, len + 1), len};

	if (b.p == NULL)
		abort();
	return b;
}

static inline struct bytes bytes_random(uint64_t *s, size_t len, unsigned alphabet)
{
	struct bytes b = bytes_new(len);

	for (size_t i = 0; i < len; i++)
		b.p[i] = (uint8_t)(pair_rand(s) % alphabet);
	return b;
}

/* A short piece again and again, with a few flips. */
static inline struct bytes bytes_repeated(uint64_t *s, size_t len)
{
	size_t period = pair_rand(s) % 200 + 1;
	struct bytes b = bytes_random(s, len, 256);

	for (size_t i = period; i < len; i++)
		b.p[i] = b.p[i - period];
	for (uint64_t k = pair_rand(s) % 8; len > 0 && k > 0; k--)
		b.p[pair_rand(s) % len] ^= 0x55;
	return b;
}

/* Mostly zeros, with islands. */
static inline struct bytes bytes_sparse(uint64_t *s, size_t len)
{
	struct bytes b = bytes_new(len);

	for (uint64_t k = pair_rand(s) % 12; len > 0 && k > 0; k--) {
		size_t at = pair_rand(s) % len, n = pair_rand(s) % 500;

		for (size_t i = at; i < len && i < at + n; i++)
			b.p[i] = (uint8_t)(pair_rand(s) & 0xff);
	}
	return b;
}

/* A copy with edits: flips, moved and repeated pieces, runs, cuts; at most max bytes. */
static inline struct bytes bytes_edited(uint64_t *s, struct bytes from, size_t max)
{
	struct bytes b = bytes_new(max);
	size_t at = 0;

	b.len = 0;
	while (b.len < max && at < from.len) {
		size_t n = pair_rand(s) % 300 + 1;

		if (pair_rand(s) % 4 == 0)
			at = pair_rand(s) % from.len;
		n = n < from.len - at ? n : from.len - at;
		n = n < max - b.len ? n : max - b.len;
		memcpy(b.p + b.len, from.p + at, n);
		if (pair_rand(s) % 9 == 0)
			memset(b.p + b.len, (int)(pair_rand(s) % 2) * 255, n);
		for (uint64_t k = pair_rand(s) % 6; k > 0; k--)
			b.p[b.len + pair_rand(s) % n] ^= (uint8_t)(pair_rand(s) & 0xff);
		b.len += n;
		at += n;
		if (pair_rand(s) % 300 == 0)
			break;
	}
	return b;
}

/* Large pieces in another order. */
static inline struct bytes bytes_moved(uint64_t *s, struct bytes from)
{
	struct bytes b = bytes_new(from.len);
	size_t cut = from.len > 0 ? pair_rand(s) % from.len : 0;

	memcpy(b.p, from.p + cut, from.len - cut);
	memcpy(b.p + (from.len - cut), from.p, cut);
	return b;
}

static inline size_t pair_size(uint64_t *s)
{
	static const size_t most[] = {0, 1, 2, 40, 60, 300, 4000, 5000, 9000, 40000, 60000, 300000};

	return pair_rand(s) % (most[pair_rand(s) % 12] + 1);
}

static inline struct bytes pair_image(uint64_t *s)
{
	static const unsigned alphabets[] = {1, 2, 4, 256};
	size_t len = pair_size(s);

	switch (pair_rand(s) % 4) {
	case 0:
		return bytes_repeated(s, len);
	case 1:
		return bytes_sparse(s, 2 * len);
	default:
		return bytes_random(s, len, alphabets[pair_rand(s) % 4]);
	}
}

static inline struct pair pair_make(uint64_t seed)
{
	uint64_t s = seed;
	struct pair p = {.old_ = pair_image(&s)};

	switch (pair_rand(&s) % 8) {
	case 0:
		p.new_ = pair_image(&s);
		break;
	case 1:
		p.new_ = bytes_new(p.old_.len);
		memcpy(p.new_.p, p.old_.p, p.old_.len);
		break;
	case 2:
		p.new_ = bytes_moved(&s, p.old_);
		break;
	default:
		p.new_ = bytes_edited(&s, p.old_, p.old_.len + pair_size(&s) / 4);
	}
	return p;
}

static inline void pair_free(struct pair *p)
{
	free(p->old_.p);
	free(p->new_.p);
}

#endif
