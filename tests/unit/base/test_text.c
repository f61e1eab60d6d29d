/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <base/crc32.h>
#include <base/digest.h>
#include <base/text.h>

START_TEST(hex_is_exact)
{
	static const char *const bad[] = {"", "0", "012", "0g", "0G", " 01", "AB", "01 ", "0123"};
	uint8_t b = 7;
	char out[3];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!ota_unhex(&b, 1, bad[i], strlen(bad[i])));
	ck_assert_uint_eq(b, 7);
	ck_assert(ota_unhex(&b, 1, "a5", 2));
	ota_hex(out, &b, 1);
	ck_assert_str_eq(out, "a5");
}
END_TEST

START_TEST(base64_has_one_spelling)
{
	/* RFC 4648 section 10. */
	static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"}};
	static const char *const bad[] = {"Z", "Zg",
		"Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9 ", "Zm9\n", "Zm-v", "=m9v"};
	struct buf b;
	uint8_t out[16];
	size_t len;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		buf_init(&b, t_ctx());
		text_base64(&b, (const uint8_t *)pairs[i][0], strlen(pairs[i][0]));
		ck_assert_uint_eq(b.len, strlen(pairs[i][1]));
		ck_assert(b.len == 0 || memcmp(b.p, pairs[i][1], b.len) == 0);
		ck_assert(text_unbase64(out, sizeof(out), &len, pairs[i][1], strlen(pairs[i][1])));
		ck_assert_uint_eq(len, strlen(pairs[i][0]));
		ck_assert(len == 0 || memcmp(out, pairs[i][0], len) == 0);
		buf_fini(&b);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!text_unbase64(out, sizeof(out), &len, bad[i], strlen(bad[i])), "%s",
			bad[i]);
	ck_assert(!text_unbase64(out, 5, &len, "Zm9vYmFy", 8));
}
END_TEST

START_TEST(integers_have_one_spelling)
{
	static const char *const bad[] = {"", "-1", "+1", "01", "00", " 1", "1 ", "1e3", "0x1",
		"18446744073709551616", "99999999999999999999"};
	uint64_t v = 5;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!text_u64(&v, bad[i], strlen(bad[i]), UINT64_MAX), "%s", bad[i]);
	ck_assert_uint_eq(v, 5);
	ck_assert(text_u64(&v, "18446744073709551615", 20, UINT64_MAX));
	ck_assert(v == UINT64_MAX);
	ck_assert(text_u64(&v, "0", 1, 0));
	ck_assert(!text_u64(&v, "11", 2, 10));
}
END_TEST

START_TEST(times_round_trip)
{
	static const struct {
		const char *text;
		int64_t t;
	} good[] = {{"1970-01-01T00:00:00Z", 0}, {"2000-02-29T12:34:56Z", 951827696},
		{"2026-11-22T00:00:00Z", 1795305600}, {"9999-12-31T23:59:59Z", 253402300799}};
	static const char *const bad[] = {"", "1969-12-31T23:59:59Z", "2023-02-29T00:00:00Z",
		"2023-13-01T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01T00:60:00Z",
		"2023-01-01T00:00:60Z", "2023-01-01 00:00:00Z", "2023-01-01T00:00:00",
		"2023-01-01T00:00:00z", "2023-1-01T00:00:00Zx", "2023-00-10T00:00:00Z"};
	char text[OTA_TIME_LEN + 1];
	int64_t t;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert(ota_time_parse(&t, good[i].text));
		ck_assert_int_eq(t, good[i].t);
		ck_assert(ota_time_format(text, t));
		ck_assert_str_eq(text, good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!ota_time_parse(&t, bad[i]), "%s", bad[i]);
	ck_assert(!ota_time_format(text, -1));
}
END_TEST

/* lessons 1.45: control characters of a package never reach a terminal. */
START_TEST(mask_leaves_nothing_dangerous)
{
	static const struct {
		const char *in, *out;
	} rows[] = {{"plain", "plain"}, {"a\033[31mb", "a\\x1B[31mb"}, {"a\nb\r", "a\\x0Ab\\x0D"},
		{"\xe2\x80\xae"
		 "x",
			"\\xE2\\x80\\xAEx"},
		{"\xff", "\\xFF"}, {"\xc0\x80", "\\xC0\\x80"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"}, {"\xc2\x9b", "\\xC2\\x9B"}};
	char out[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ota_mask(out, sizeof(out), rows[i].in, strlen(rows[i].in));
		ck_assert_str_eq(out, rows[i].out);
	}
	ck_assert_uint_eq(ota_mask(out, 4, "abcdef", 6), 3);
	ck_assert_str_eq(out, "abc");
	ck_assert_uint_eq(ota_mask(out, 4, "ab\xc3\xbc", 4), 2);
}
END_TEST

START_TEST(utf8_is_strict)
{
	static const char *const bad[] = {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xef\xbf\xbe",
		"\xef\xb7\x90", "a\xffz"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!text_is_utf8(bad[i], strlen(bad[i])), "row %zu", i);
	ck_assert(!text_is_utf8("a\0b", 3));
	ck_assert(text_is_utf8("\xf0\x9f\x98\x80 \xe2\x82\xac", 8));
}
END_TEST

START_TEST(ids_follow_the_grammar)
{
	static const char *const bad[] = {"", ".a", "-a", "_a", "A", "a b", "a/b", "../x",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!text_is_id(bad[i], strlen(bad[i])), "%s", bad[i]);
	ck_assert(!text_is_id("a\0b", 3));
	ck_assert(text_is_id("gw-100", 6));
	ck_assert(text_is_id("0._-", 4));
}
END_TEST

START_TEST(nearest_word)
{
	static const char *const words[] = {"version", "product", "steps", "op"};

	ck_assert_str_eq(ota_nearest("verison", words, 4), "version");
	ck_assert_str_eq(ota_nearest("step", words, 4), "steps");
	ck_assert_ptr_null(ota_nearest("frobnicate", words, 4));
	ck_assert_ptr_null(ota_nearest("xy", words, 4));
}
END_TEST

/* lessons 1.27: a digest has exactly its length in lowercase hex. */
START_TEST(digests_are_never_cut)
{
	static const char hex[] =
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	struct digest a, b;

	ck_assert(digest_parse(&a, HASH_SHA256, hex, 64));
	for (size_t n = 0; n < 64; n++)
		ck_assert(!digest_parse(&b, HASH_SHA256, hex, n));
	ck_assert(!digest_parse(&b, HASH_SHA512, hex, 64));
	ck_assert(!digest_parse(&b, HASH_NONE, hex, 0));
	b = a;
	ck_assert(digest_equal(&a, &b));
	b.alg = HASH_SHA3_256;
	ck_assert(!digest_equal(&a, &b));
	a.len = b.len = 0;
	b.alg = a.alg;
	ck_assert(!digest_equal(&a, &b));
}
END_TEST

START_TEST(crc32_check_value)
{
	/* The check value of CRC-32/ISO-HDLC. */
	ck_assert_uint_eq(crc32_of("123456789", 9), 0xcbf43926);
	ck_assert_uint_eq(crc32_of("", 0), 0);
}
END_TEST

TCase *tcase_text(void)
{
	TCase *tc = tcase_create("text");

	tcase_add_test(tc, hex_is_exact);
	tcase_add_test(tc, base64_has_one_spelling);
	tcase_add_test(tc, integers_have_one_spelling);
	tcase_add_test(tc, times_round_trip);
	tcase_add_test(tc, mask_leaves_nothing_dangerous);
	tcase_add_test(tc, utf8_is_strict);
	tcase_add_test(tc, ids_follow_the_grammar);
	tcase_add_test(tc, nearest_word);
	tcase_add_test(tc, digests_are_never_cut);
	tcase_add_test(tc, crc32_check_value);
	return tc;
}
