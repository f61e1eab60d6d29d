/* SPDX-License-Identifier: MIT */
#include <diff/search.h>

#include <unit.h>

static size_t brute(const uint8_t *p, size_t p_len, const uint8_t *key, size_t len)
{
	size_t best = 0;

	for (size_t i = 0; i < p_len; i++) {
		size_t n = 0;

		while (n < len && i + n < p_len && p[i + n] == key[n])
			n++;
		best = n > best ? n : best;
	}
	return best;
}

START_TEST(against_brute_force)
{
	uint8_t *p = malloc(500), key[40];
	uint64_t seed = (uint64_t)_i;
	ota_err err = OTA_ERR_INIT;
	size_t len = (size_t)_i * 6, rank;
	struct search s;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(t_rand(&seed) % (1 + (uint64_t)_i % 5));
	ck_ok(search_init(&s, t_ctx(), p, len, &err), &err);
	for (unsigned k = 0; k < 100; k++) {
		size_t n = k % sizeof(key) + 1, got, want;

		for (size_t i = 0; i < n; i++)
			key[i] = (uint8_t)(t_rand(&seed) % (1 + (uint64_t)_i % 5));
		if (len > n && k % 3 == 0)
			memcpy(key, p + t_rand(&seed) % (len - n), n);
		want = brute(p, len, key, n);
		got = search_longest(&s, &rank, key, n);
		ck_assert_uint_eq(got, want);
		if (got > 0)
			ck_assert_mem_eq(p + sufsort_at(&s.sa, rank), key, got);
		if (n >= SEARCH_MIN && want >= SEARCH_MIN)
			ck_assert(search_maybe(&s, key));
	}
	search_fini(&s, t_ctx());
	free(p);
}
END_TEST

START_TEST(remembered)
{
	uint8_t old_[600], new_[300];
	uint64_t seed = 11;
	ota_err err = OTA_ERR_INIT;
	size_t rank, again, len;
	struct search s;

	for (size_t i = 0; i < sizeof(old_); i++)
		old_[i] = (uint8_t)(t_rand(&seed) % 4);
	for (size_t i = 0; i < sizeof(new_); i++)
		new_[i] = (uint8_t)(t_rand(&seed) % 5);
	ck_ok(search_init(&s, t_ctx(), old_, sizeof(old_), &err), &err);
	ck_ok(search_remember(&s, t_ctx(), sizeof(new_), &err), &err);
	for (size_t at = 0; at < 2 * sizeof(new_); at++) {
		size_t from = at / 2;

		len = search_longest(&s, &rank, new_ + from, sizeof(new_) - from);
		again = rank + 1;
		ck_assert_uint_eq(search_at(&s, &again, new_, sizeof(new_), from), len);
		if (len > 0)
			ck_assert_uint_eq(again, rank);
	}
	search_fini(&s, t_ctx());
}
END_TEST

START_TEST(narrow_and_wide)
{
	ota_err err = OTA_ERR_INIT;
	struct sufsort a, b;
	uint64_t seed = 5;
	uint8_t p[3000];

	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)(t_rand(&seed) % 3);
	for (size_t len = 0; len <= sizeof(p); len = len * 3 + 1) {
		ck_ok(sufsort_init(&a, t_ctx(), p, len, false, &err), &err);
		ck_ok(sufsort_init(&b, t_ctx(), p, len, true, &err), &err);
		for (size_t i = 0; i < len; i++)
			ck_assert_uint_eq(sufsort_at(&a, i), sufsort_at(&b, i));
		sufsort_fini(&a, t_ctx());
		sufsort_fini(&b, t_ctx());
	}
	/* Beyond 2 GiB − 1 an entry takes 8 bytes, and the count does not wrap. */
	ck_assert_uint_gt(search_memory(UINT64_C(1) << 31U), UINT64_C(8) << 31U);
	ck_assert_uint_lt(search_memory(SUFSORT_NARROW_MAX), UINT64_C(7) << 31U);
}
END_TEST

START_TEST(counting)
{
	uint8_t a[70], b[70];

	for (size_t at = 0; at <= sizeof(a); at++) {
		memset(a, 7, sizeof(a));
		memset(b, 7, sizeof(b));
		if (at < sizeof(a))
			b[at] = 8;
		for (size_t max = 0; max <= sizeof(a); max++) {
			ck_assert_uint_eq(bytes_common(a, b, max), at < max ? at : max);
			ck_assert_uint_eq(bytes_equal(a, b, max), at < max ? max - 1 : max);
		}
	}
}
END_TEST

TCase *tcase_search(void)
{
	TCase *tc = tcase_create("search");

	tcase_add_loop_test(tc, against_brute_force, 0, 80);
	tcase_add_test(tc, remembered);
	tcase_add_test(tc, narrow_and_wide);
	tcase_add_test(tc, counting);
	tcase_set_timeout(tc, 60);
	return tc;
}
