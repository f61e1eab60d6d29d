/* SPDX-License-Identifier: MIT */
/* What each scheme's public key is: load checks, key id, material id. */
#include "unit.h"

#include <ota/text.h>
#include <trust/keyid.h>

#define G256                                                                                       \
	"046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"                       \
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define G384                                                                                       \
	"04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e" \
	"3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e81" \
	"9d7a431d7c90ea0e5f"

/* hex NULL: len bytes of 0xff, which as a modulus are odd. Ids computed with Python's hashlib. */
static const struct {
	enum key_scheme scheme;
	const char *hex;
	size_t len;
	const char *id, *material;
} good[] = {
	{KEY_ECDSA_P256, G256, 65,
		"cf4736fae1a3a019d3506e4345cfb6549c7aa731eb5c19f61b60f0175882edcf",
		"bdde8439b6a69a7cb1f70779533cb22e6d10d78bd7fccf045742081e49b33948"},
	{KEY_ECDSA_P384, G384, 97,
		"502ce7201eae13f7cee90e4afba09bfcaa2ebb738f69141ee8f263fa4000b6bc",
		"a273ce98b6ae9ed303b729b569453133857e2c6f266a02c0c6c29bdeb8a175d3"},
	{KEY_RSA_PSS_SHA256, NULL, 384,
		"033d0e4fa2c12b142c1ef06b1a2f1a77a8b7202b2e766fdfe6047be252cc70ad",
		"4e81c3ad2d13f4bbce8f2ce746b770cb6399decae91d83c4d818e7192b23645b"},
	{KEY_RSA_PSS_SHA512, NULL, 384,
		"178e0be1dba2def199c44858755224de327b017e7a33bbc162c127523c1956d1",
		"4e81c3ad2d13f4bbce8f2ce746b770cb6399decae91d83c4d818e7192b23645b"},
	{KEY_RSA_PSS_SHA256, NULL, 512,
		"8d873bc2ee0976ea446b73819ffba62d47726ebccca41f8ceb3318745f6e492a",
		"cfd3c07904c026e53d953bea0e9afad348d7c1b1e87c9b571459d5e3793b24b4"},
	{KEY_RSA_PSS_SHA512, NULL, 512,
		"41df242013e12831aa9096d6ecf106d4fdad19f0508d21babbef8bdfb02fbbaf",
		"cfd3c07904c026e53d953bea0e9afad348d7c1b1e87c9b571459d5e3793b24b4"},
};

static void raw_of(uint8_t *raw, int i)
{
	memset(raw, 0xff, KEY_RAW_MAX);
	if (good[i].hex != NULL)
		ck_assert(ota_unhex(raw, good[i].len, good[i].hex, 2 * good[i].len));
}

START_TEST(ids)
{
	char material[2 * DIGEST_MAX + 1];
	ota_err err = OTA_ERR_INIT;
	uint8_t raw[KEY_RAW_MAX];
	ota_key *k = NULL;
	struct key key;

	raw_of(raw, _i);
	ck_ok(key_init(&key, t_ctx(), good[_i].scheme, raw, good[_i].len, &err), &err);
	ck_ok(key_make(&k, t_ctx(), &key, NULL, &err), &err);
	ck_assert_str_eq(ota_key_id(k), good[_i].id);
	digest_hex(material, &k->material);
	ck_assert_str_eq(material, good[_i].material);
	ck_assert_int_eq(key_scheme_by_name(ota_key_scheme(k)), good[_i].scheme);
	ota_key_free(k);
}
END_TEST

/* One change to a good key. */
static const struct {
	int row;
	size_t len, at;
	uint8_t to;
	ota_id id;
} bad[] = {
	{0, 64, 0, 4, OTA_E_KEYFILE},
	{0, 66, 0, 4, OTA_E_KEYFILE},
	{0, 33, 0, 2, OTA_E_KEYFILE},
	{0, 1, 0, 0, OTA_E_KEYFILE},
	{0, 0, 0, 4, OTA_E_KEYFILE},
	{0, 97, 0, 4, OTA_E_KEYFILE},
	/* Hybrid and compressed forms, then a point off the curve, then x above p. */
	{0, 65, 0, 6, OTA_E_KEYFILE},
	{0, 65, 0, 7, OTA_E_KEYFILE},
	{0, 65, 0, 2, OTA_E_KEYFILE},
	{0, 65, 64, 0xf4, OTA_E_KEY_WEAK},
	{0, 65, 1, 0xff, OTA_E_KEY_WEAK},
	{1, 65, 0, 4, OTA_E_KEYFILE},
	{1, 97, 0, 6, OTA_E_KEYFILE},
	{1, 97, 96, 0x5e, OTA_E_KEY_WEAK},
	/* RSA: too short by bytes, by one bit, by a leading zero; even; a size between. */
	{2, 256, 0, 0xff, OTA_E_KEY_WEAK},
	{2, 383, 0, 0xff, OTA_E_KEY_WEAK},
	{2, 384, 0, 0x7f, OTA_E_KEY_WEAK},
	{2, 384, 0, 0, OTA_E_KEY_WEAK},
	{2, 384, 383, 0xfe, OTA_E_KEY_WEAK},
	{2, 385, 0, 0xff, OTA_E_KEYFILE},
	{2, 448, 0, 0xff, OTA_E_KEYFILE},
	{4, 512, 0, 0x7f, OTA_E_KEY_WEAK},
};

START_TEST(refused)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t raw[KEY_RAW_MAX];
	struct key key;

	raw_of(raw, bad[_i].row);
	raw[bad[_i].at] = bad[_i].to;
	ck_assert_int_ne(
		key_init(&key, t_ctx(), good[bad[_i].row].scheme, raw, bad[_i].len, &err), OTA_OK);
	ck_id(err, bad[_i].id);
}
END_TEST

/* (0, 0) and the other coordinates libcrypto could take for the point at infinity. */
START_TEST(no_point_at_all)
{
	uint8_t raw[65] = {4};
	ota_err err = OTA_ERR_INIT;
	struct key key;

	ck_assert_int_eq(
		key_init(&key, t_ctx(), KEY_ECDSA_P256, raw, sizeof(raw), &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_KEY_WEAK);
}
END_TEST

TCase *tcase_schemes(void)
{
	TCase *tc = tcase_create("schemes");

	tcase_add_loop_test(tc, ids, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, no_point_at_all);
	return tc;
}
