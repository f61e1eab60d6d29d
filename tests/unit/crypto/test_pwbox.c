/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <crypto/secret.h>

#include <ota/text.h>

static const uint8_t salt[BOX_SALT_LEN] = "0123456789abcde";
static const uint8_t nonce[BOX_NONCE_LEN] = "0123456789abcdefghijklm";

START_TEST(kdf_limits)
{
	static const struct {
		uint64_t passes, mem;
		bool ok;
	} rows[] = {{1, 8192, true}, {10, 8192, true}, {0, 8192, false}, {11, 8192, false},
		{1, 8191, false}, {1, (1U << 30U) + 1, false}, {1, UINT64_MAX, false},
		{UINT64_MAX, 8192, false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ota_err err = OTA_ERR_INIT;
		uint8_t *key = NULL;
		ota_status st;

		ck_ok(secret_alloc(&key, BOX_KEY_LEN, &err), &err);
		st = box_kdf(
			key, (const uint8_t *)"pw", 2, salt, rows[i].passes, rows[i].mem, &err);
		ck_assert_int_eq(st, rows[i].ok ? OTA_OK : OTA_LIMIT);
		if (st)
			ck_id(err, OTA_E_LIMIT_KDF);
		secret_free(key);
	}
}
END_TEST

/* Argon2id, 2 passes, 64 KiB, one lane, computed with libargon2. */
START_TEST(kdf_vector)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t *key = NULL;
	char text[2 * BOX_KEY_LEN + 1];

	ck_ok(secret_alloc(&key, BOX_KEY_LEN, &err), &err);
	ck_ok(box_kdf(key, (const uint8_t *)"password", 8, (const uint8_t *)"somesaltsomesalt", 2,
		      65536, &err),
		&err);
	ota_hex(text, key, BOX_KEY_LEN);
	ck_assert_str_eq(text, "1a98fba8e6394425c9bdc333a9c750aaf811df070f5fb4a5788e1cf4db5793a1");
	secret_free(key);
}
END_TEST

/* Every byte of box, additional data, nonce and key matters. */
START_TEST(box_tamper)
{
	uint8_t in[3 + BOX_TAG_LEN + 4 + BOX_NONCE_LEN + BOX_KEY_LEN] = {0}, out[3];
	uint8_t *box = in, *ad = in + 3 + BOX_TAG_LEN, *n = ad + 4, *key = n + BOX_NONCE_LEN;
	ota_err err = OTA_ERR_INIT;

	memcpy(ad, "head", 4);
	memcpy(n, nonce, BOX_NONCE_LEN);
	ck_ok(box_seal(box, (const uint8_t *)"abc", 3, ad, 4, n, key, &err), &err);
	for (size_t i = 0; i <= sizeof(in); i++) {
		ota_status st;

		if (i < sizeof(in))
			in[i] ^= 1;
		st = box_open(out, box, 3 + BOX_TAG_LEN, ad, 4, n, key, &err);
		ck_assert_int_eq(st, i < sizeof(in) ? OTA_REFUSED : OTA_OK);
		if (st)
			ck_id(err, OTA_E_PASSPHRASE_BAD);
		if (i < sizeof(in))
			in[i] ^= 1;
	}
	ck_assert_mem_eq(out, "abc", 3);
	for (size_t len = 0; len < 3 + BOX_TAG_LEN; len++)
		ck_assert_int_eq(box_open(out, box, len, ad, 4, n, key, &err), OTA_REFUSED);
}
END_TEST

START_TEST(base64)
{
	static const struct {
		const char *text;
		bool ok;
	} rows[] = {{"AAEC", true}, {"AAE=", false}, {"AAECAw==", false}, {"AAE", false},
		{"AAEC\n", false}, {" AAEC", false}, {"AAE_", false}, {"", false}};
	uint8_t out[3], text[5];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_int_eq(
			secret_unbase64(out, 3, rows[i].text, strlen(rows[i].text)), rows[i].ok);
	/* The last two bits of "AB==" must be zero: one form a value. */
	ck_assert(secret_unbase64(out, 1, "AA==", 4));
	ck_assert(!secret_unbase64(out, 1, "AB==", 4));
	ck_assert(!secret_unbase64(out, 1, "AA=", 3));
	ck_assert_uint_eq(secret_base64(text, sizeof(text), (const uint8_t *)"\0\1\2", 3), 4);
	ck_assert_mem_eq(text, "AAEC", 4);
}
END_TEST

TCase *tcase_pwbox(void)
{
	TCase *tc = tcase_create("pwbox");

	tcase_add_test(tc, kdf_limits);
	tcase_add_test(tc, kdf_vector);
	tcase_add_test(tc, box_tamper);
	tcase_add_test(tc, base64);
	return tc;
}
