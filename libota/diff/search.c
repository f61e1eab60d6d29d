/* SPDX-License-Identifier: MIT */
#include <diff/search.h>

#include <base/bits.h>
#include <base/ctx.h>
#include <base/num.h>

#include <assert.h>

size_t bytes_common(const uint8_t *a, const uint8_t *b, size_t max)
{
	size_t n = 0;

	for (; n + 8 <= max; n += 8) {
		uint64_t differ = load_le64(a + n) ^ load_le64(b + n);

		if (differ != 0)
			return n + (unsigned)__builtin_ctzll(differ) / 8;
	}
	while (n < max && a[n] == b[n])
		n++;
	return n;
}

size_t bytes_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += a[i] == b[i];
	return n;
}

/* At least 8 bits per byte of the image keep wrong hits near one in ten. */
static unsigned filter_log(uint64_t len)
{
	unsigned log = 13;

	while (log < 48 && UINT64_C(1) << log < 8 * len)
		log++;
	return log;
}

static uint64_t hash(const struct search *s, const uint8_t *p)
{
	return (load_le64(p) * UINT64_C(0x9E3779B97F4A7C15)) >> s->shift;
}

uint64_t search_memory(uint64_t len)
{
	uint64_t entry = len > SUFSORT_NARROW_MAX ? 8 : 4;

	return (len + 1) * entry + (UINT64_C(1) << (filter_log(len) - 3));
}

ota_status search_init(
	struct search *s, const ota_ctx *ctx, const uint8_t *p, size_t len, ota_err *err)
{
	struct search made = {.p = p, .len = len};
	unsigned log = filter_log(len);
	ota_status st;

	made.shift = 64 - log;
	st = mem_new_bytes(&made.seen, ctx, (size_t)1 << (log - 3), err);
	if (st)
		return st;
	for (size_t i = 0; i + SEARCH_MIN <= len; i++) {
		uint64_t h = hash(&made, p + i);

		made.seen[h >> 3U] |= lo8(1U << (h & 7U));
	}
	st = ctx_poll(ctx, err);
	if (!st)
		st = sufsort_init(&made.sa, ctx, p, len, len > SUFSORT_NARROW_MAX, err);
	if (st) {
		mem_free(ctx, made.seen);
		return st;
	}
	*s = made;
	return OTA_OK;
}

void search_fini(struct search *s, const ota_ctx *ctx)
{
	sufsort_fini(&s->sa, ctx);
	mem_free(ctx, s->seen);
	mem_free(ctx, s->memo);
}

bool search_maybe(const struct search *s, const uint8_t *key)
{
	uint64_t h = hash(s, key);

	return (s->seen[h >> 3U] & 1U << (h & 7U)) != 0;
}

/*
 * Binary search that remembers how much of the key the suffixes around the
 * range share with it, and compares only what follows (Manber and Myers 1993).
 */
size_t search_longest(const struct search *s, size_t *rank, const uint8_t *key, size_t len)
{
	size_t lo = 0, hi = s->len, lo_common = 0, hi_common = 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		size_t at = sufsort_at(&s->sa, mid);
		size_t max = min_size(len, s->len - at);
		size_t n = min_size(lo_common, hi_common);

		n += bytes_common(s->p + at + n, key + n, max - n);
		if (n == len) {
			*rank = mid;
			return len;
		}
		if (n == max || s->p[at + n] < key[n]) {
			lo = mid + 1;
			lo_common = n;
		} else {
			hi = mid;
			hi_common = n;
		}
	}
	if (lo_common == 0 && hi_common == 0)
		return 0;
	*rank = lo_common >= hi_common ? lo - 1 : lo;
	return lo_common >= hi_common ? lo_common : hi_common;
}

ota_status search_remember(struct search *s, const ota_ctx *ctx, size_t new_len, ota_err *err)
{
	return mem_new_bytes(&s->memo, ctx, (new_len + 1) * sizeof(*s->memo), err);
}

size_t search_at(
	const struct search *s, size_t *rank, const uint8_t *new_, size_t new_len, size_t at)
{
	struct memo *m = s->memo != NULL ? &s->memo[at] : NULL;
	size_t len;

	if (m != NULL && m->len > 0) {
		*rank = m->rank;
		return m->len - 1;
	}
	len = search_longest(s, rank, new_ + at, new_len - at);
	if (m != NULL)
		*m = (struct memo){(uint32_t)*rank, (uint32_t)len + 1};
	return len;
}
